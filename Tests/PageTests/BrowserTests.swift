import Testing

/// Everything that needs a browser: one after the other, because two cores carry one browser well and four badly.
@Suite(.serialized, .chrome) enum BrowserTests {}
