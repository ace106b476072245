import Testing

/// Tests of the built program, one after the other: each starts processes of its own and has its limits in seconds.
@Suite(.serialized)
enum CommandLineTests {}
