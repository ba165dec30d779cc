//! The ways to break a stage that both its own tests and the tour's experiments have to notice.

use super::How;
use super::How::Edit;

/// One more job fits into stage 5's queue.
pub(super) const BOUND_PLUS_ONE: How = Edit {
    file: "main.rs",
    from: "mpsc::channel(args.queue)",
    to: "mpsc::channel(args.queue + 1)",
};

/// One worker is never started.
pub(super) const WORKER_MISSING: How =
    Edit { file: "worker.rs", from: "0..workers", to: "1..workers" };

/// A length counts only if it is spelt as curl spells it.
pub(super) const EXACT_CASE: How =
    Edit { file: "args.rs", from: "\"any-case\"", to: "\"exact-case\"" };

/// One more job is accepted than there is room for.
pub(super) const CAPACITY_PLUS_ONE: How = Edit {
    file: "main.rs",
    from: "let capacity = args.queue as usize +",
    to: "let capacity = 1 + args.queue as usize +",
};

/// One job fewer.
pub(super) const CAPACITY_MINUS_ONE: How = Edit {
    file: "main.rs",
    from: "let capacity = args.queue as usize +",
    to: "let capacity = args.queue as usize - 1 +",
};

/// Updates are lost.
pub(super) const GET_THEN_INSERT: How = Edit {
    file: "balances.rs",
    from: "UpdateBy::Entry => self.add_in_entry(event)",
    to: "UpdateBy::Entry => self.get_then_insert(event)",
};

/// A rejection is dropped and was never received.
pub(super) const REJECTION_NOT_RECEIVED: How = Edit {
    file: "metrics.rs",
    from: "        self.received.add(1);\n        self.dropped.add(1);",
    to: "        self.received.add(0);\n        self.dropped.add(1);",
};

/// The drain's deadline has passed at once.
pub(super) const DRAIN_FOR_NOBODY: How = Edit {
    file: "shutdown.rs",
    from: "self.members.gone(deadline).await",
    to: "self.members.gone(Duration::ZERO).await",
};
