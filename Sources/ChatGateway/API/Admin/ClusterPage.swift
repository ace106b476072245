/// The page that shows operators the cluster: three files that are part of the program.
enum ClusterPage {
    /// Every file of the page, the page itself first; the paths are those of the ops listener.
    static let assets = [
        ChatPage.Asset(
            path: "/admin/",
            contentType: "text/html; charset=utf-8",
            bytes: PackageResources.cluster_html
        ),
        ChatPage.Asset(
            path: "/admin/cluster.css",
            contentType: "text/css; charset=utf-8",
            bytes: PackageResources.connection_css + PackageResources.cluster_css
        ),
        ChatPage.Asset(
            path: "/admin/cluster.js",
            contentType: "text/javascript; charset=utf-8",
            bytes: PackageResources.cluster_js
        ),
    ]

    /// The paths that say nothing of the cluster: the page asks for the key, so that it must be had without one.
    static let paths = Set(assets.map(\.path) + ["/admin"])
}
