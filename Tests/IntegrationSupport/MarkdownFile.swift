/// The code that stands in one of the project's Markdown files.
package struct MarkdownFile: Sendable {
    /// Lines of code that stand together.
    package struct Block: Sendable {
        /// What stands behind the fence; empty for an indented block.
        package var language: String
        package var lines: [String]

        /// The lines as a file.
        package var text: String { lines.map { $0 + "\n" }.joined() }
    }

    package let blocks: [Block]
    /// The code between backticks in the text, whatever it is.
    package let spans: [String]

    /// Reads a file of the checkout.
    package init(_ path: String) throws {
        var (blocks, spans): ([Block], [String]) = ([], [])
        var open: Block?
        var isFenced = false
        // Within a paragraph indentation means nothing.
        var isAfterBlank = true
        for line in try Checkout.text(path).split(separator: "\n", omittingEmptySubsequences: false) {
            defer { isAfterBlank = line.isEmpty }
            if line.hasPrefix("```") {
                if isFenced, let block = open { blocks.append(block) }
                isFenced.toggle()
                open = isFenced ? Block(language: String(line.dropFirst(3)), lines: []) : nil
            } else if isFenced {
                open?.lines.append(String(line))
            } else if line.hasPrefix("    "), open != nil || isAfterBlank {
                open = open ?? Block(language: "", lines: [])
                open?.lines.append(String(line.dropFirst(4)))
            } else {
                if let block = open { blocks.append(block) }
                open = nil
                spans += line.matches(of: /`([^`]+)`/).map { String($0.output.1) }
            }
        }
        if let block = open { blocks.append(block) }
        (self.blocks, self.spans) = (blocks, spans)
    }

    /// The only block in a language; throws where there is none or more than one.
    package func block(in language: String) throws -> Block {
        let found = blocks.filter { $0.language == language }
        guard found.count == 1 else { throw Unexpected("\(found.count) blocks in \(language)") }
        return found[0]
    }
}
