import Testing

/// Tests with real nodes, thousands of listeners and real faults: they need the machine for themselves, one at a time.
@Suite(.serialized) enum FaultTests {}
