/// Ends the process where a property does not hold: libFuzzer keeps the input.
func check(
    _ holds: Bool,
    _ property: @autoclosure () -> String,
    file: StaticString = #fileID,
    line: UInt = #line
) {
    guard !holds else { return }
    fatalError("FOUND: \(property())", file: file, line: line)
}
