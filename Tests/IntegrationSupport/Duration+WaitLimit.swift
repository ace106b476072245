extension Duration {
    /// How long a test waits, unless it says otherwise, for what must come.
    ///
    /// Where all is well it costs nothing; a machine that does many other things may take most of it to start a program.
    public static let waitLimit = Duration.seconds(60)
}
