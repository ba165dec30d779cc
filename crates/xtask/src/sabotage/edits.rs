//! Faults that both the suite and an experiment must catch.

use super::Change;
use super::Change::Edit;

/// The queue of stage 5 has one place too many.
pub(super) const BOUND_PLUS_ONE: Change = Edit {
    file: "main.rs",
    from: "mpsc::channel(args.queue)",
    to: "mpsc::channel(args.queue + 1)",
};

/// One worker is never started.
pub(super) const WORKER_MISSING: Change =
    Edit { file: "worker.rs", from: "0..workers", to: "1..workers" };

/// `Content-Length` is case-sensitive.
pub(super) const EXACT_CASE: Change =
    Edit { file: "args.rs", from: "\"any-case\"", to: "\"exact-case\"" };

/// The intake accepts one job too many.
pub(super) const CAPACITY_PLUS_ONE: Change = Edit {
    file: "main.rs",
    from: "let capacity = args.queue as usize +",
    to: "let capacity = 1 + args.queue as usize +",
};

/// The intake accepts one job too few.
pub(super) const CAPACITY_MINUS_ONE: Change = Edit {
    file: "main.rs",
    from: "let capacity = args.queue as usize +",
    to: "let capacity = args.queue as usize - 1 +",
};

/// Updates are lost.
pub(super) const GET_THEN_INSERT: Change = Edit {
    file: "balances.rs",
    from: "UpdateBy::Entry => self.add_in_entry(event)",
    to: "UpdateBy::Entry => self.get_then_insert(event)",
};

/// Rejections are not counted as received.
pub(super) const REJECTION_NOT_RECEIVED: Change = Edit {
    file: "metrics.rs",
    from: "        self.received.add(1);\n        self.dropped.add(1);",
    to: "        self.received.add(0);\n        self.dropped.add(1);",
};

/// The drain has a deadline of zero.
pub(super) const DRAIN_FOR_NOBODY: Change = Edit {
    file: "shutdown.rs",
    from: "self.members.gone(deadline).await",
    to: "self.members.gone(Duration::ZERO).await",
};
