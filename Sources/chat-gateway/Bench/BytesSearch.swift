import Glibc

extension UnsafeRawBufferPointer {
    /// Where `needle` first stands; nil: nowhere.
    func firstOffset(of needle: [UInt8]) -> Int? {
        guard let base = baseAddress, let first = needle.first else { return nil }
        var start = 0
        while start + needle.count <= count,
            let found = memchr(base + start, CInt(first), count - needle.count - start + 1)
        {
            if memcmp(found, needle, needle.count) == 0 { return UnsafeRawPointer(found) - base }
            start = UnsafeRawPointer(found) - base + 1
        }
        return nil
    }
}
