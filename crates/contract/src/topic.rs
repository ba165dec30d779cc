//! Hints for the topics of checks, in two layers, and where the concept is explained.

/// The hints of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// The name, as in [`Promise::topic`](crate::Promise::topic).
    pub name: &'static str,
    /// The place in a server to look at.
    pub look: &'static str,
    /// The way to do it, without code.
    pub how: &'static str,
    /// The page and heading that explain the concept, relative to the root of the project.
    pub read: &'static str,
}

/// Returns the hints of a topic, including those of checks that control the server.
#[must_use]
pub fn topic(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

const fn new(
    name: &'static str,
    read: &'static str,
    look: &'static str,
    how: &'static str,
) -> Topic {
    Topic { name, look, how, read }
}

const TOPICS: [Topic; 25] = [
    new(
        "basics",
        "docs/http.md#the-connection",
        "Look at the loop of a connection: it reads, decodes and answers until one side closes.",
        "Keep the bytes of a connection in a buffer and decode from it until it has no complete \
         request; only then read more. Answer in the order of the requests, and stop the loop after \
         an error of the framing.",
    ),
    new(
        "echo",
        "docs/stage1.md#the-idea",
        "Look at the code that reads a head and then its body.",
        "Read until the empty line, take the length from the field in any case, and read until that \
         many bytes have come: one read may return fewer. Send the body back and close.",
    ),
    new(
        "request line",
        "docs/http.md#the-head",
        "Look at the parser of the request line, before any routing.",
        "Split at exactly one space, and accept only the characters of the grammar in each part. A \
         parser that repairs a line may disagree with the proxy in front of it.",
    ),
    new(
        "fields",
        "docs/http.md#the-head",
        "Look at the parser of the field lines, and at the line ends that it accepts.",
        "A name is a token with the colon right behind it, in any case; trim white space around the \
         value only. Refuse controls, folded lines and bare line ends before you look at a value.",
    ),
    new(
        "host",
        "docs/http.md#what-a-head-means",
        "Look at the step that evaluates the fields of a complete head.",
        "Count the Host lines: HTTP/1.1 needs exactly one. Then compare its value with the grammar \
         of a host and an optional port.",
    ),
    new(
        "lengths",
        "docs/http.md#where-a-body-ends",
        "Look at the decision where a body ends, and at the conversion of the length.",
        "Accept digits only, and convert with a check for overflow; the usual conversion of a \
         language accepts signs and more. Read a body that nobody needs to its end, or close.",
    ),
    new(
        "chunks",
        "docs/http.md#where-a-body-ends",
        "Look at the decoder of chunked bodies and at the rules of the codings.",
        "Treat it as a state machine: size, extension, CRLF, data, CRLF, and trailers after the \
         last. Each state accepts only its own bytes, wherever a segment ends.",
    ),
    new(
        "expect",
        "docs/http.md#the-decoder",
        "Look at the moment between a complete head and its body.",
        "Decide by the head alone whether the request is refused. If not, and if the client waits, \
         send the interim answer before you read the body.",
    ),
    new(
        "connections",
        "docs/http.md#closing-without-losing-the-answer",
        "Look at the end of a connection: who closes, when, and what is still unread.",
        "Close after the answer if the client asked for it or speaks HTTP/1.0. Stop sending first \
         and read on for a while, since a close with unread bytes resets the connection.",
    ),
    new(
        "methods",
        "docs/http.md#every-fault-one-match",
        "Look at the routing: method, path, and the methods of a path.",
        "Keep one table of paths with their methods, and derive the answers from it: 501, 404 and \
         405 in that order, and the value of Allow. HEAD is allowed wherever GET is.",
    ),
    new(
        "order",
        "docs/http.md#what-a-head-means",
        "Look at the order of the checks between a complete head and the handler.",
        "Check the framing first, since without it nothing else can be trusted; then the version, \
         codings, expectations, method, path, size and at last the event.",
    ),
    new(
        "events",
        "docs/stage3.md#the-idea",
        "Look at the step from the body to an event: the JSON parser and its settings.",
        "Parse into a type with the three fields, and refuse what is missing, doubled, of another \
         type or out of range. Some parsers accept more than JSON, or round large integers.",
    ),
    new(
        "content",
        "docs/http.md#every-fault-one-match",
        "Look at the fields of answers, and at the field that names the coding of a body.",
        "Refuse a coded body before it is parsed. Build all answers in one place, so that each has \
         the same fields, and keep the text of an error short.",
    ),
    new(
        "limits",
        "docs/http.md#all-limits-in-one-place",
        "Look at the buffers of a request: each needs a limit that is checked while it grows.",
        "Compare with the limit after each read, and with a declared length before the first. Each \
         limit has an answer of its own, and the connection ends with it.",
    ),
    new(
        "timeouts",
        "docs/http.md#the-connection",
        "Look at the clock of a connection: when it starts and what resets it.",
        "Note the time of the first byte of a request, and allow for each read only what is left \
         until the timeout. Between two requests another clock runs, which ends without an answer.",
    ),
    new(
        "balances",
        "docs/stage4.md#the-idea",
        "Look at the state that several connections or workers change at a time.",
        "Read, add and write within one critical section, and check the sum for overflow. A snapshot \
         for a client is sorted after it is copied.",
    ),
    new(
        "metrics",
        "docs/stage9.md#the-idea",
        "Look at the places where an event is received, rejected, taken from the queue and done.",
        "Count each at the moment at which it is decided, and once. Derive what is pending from the \
         others, read in an order in which it cannot become negative.",
    ),
    new(
        "queue",
        "docs/stage5.md#the-idea",
        "Look at the hand-over from the connection to the workers, and at its capacity.",
        "Try to queue without waiting, and accept only if that succeeded. Count those that wait and \
         those in hand, and tell a rejected client when to try again.",
    ),
    new(
        "connection limit",
        "docs/http.md#the-listener",
        "Look at the loop that accepts connections.",
        "Count open connections with a permit that each gives back at its end. Read a head on one \
         beyond the limit before you reject it, since a client reads no answer before it has sent.",
    ),
    new(
        "start",
        "docs/stage3.md#checkpoint",
        "Look at the first steps of the program: flags, the listener, the first line of output.",
        "Bind the address from the flags, and print the actual one when connections are accepted. A \
         refused flag or a port in use is one clear line and an exit status.",
    ),
    new(
        "shutdown",
        "docs/stage10.md#the-idea",
        "Look at the way from the signal to the end of the process.",
        "Refuse new events first, then let the workers finish the queue, then end. A deadline bounds \
         the wait, and each request on its way gets an answer.",
    ),
    new(
        "state",
        "docs/stage10.md#state",
        "Look at the file of the balances: when it is written and what a crash leaves.",
        "Write to another file, flush it to the disk, and rename it over the old one. At the start \
         read it before you accept connections, and refuse one that cannot be read.",
    ),
    new(
        "work",
        "docs/stage6.md#the-idea",
        "Look at the number of jobs that run at a time, and at what they share.",
        "Start as many workers as the flag says, each taking the next job when it is free. Hold no \
         lock during the work, or the workers run one after the other.",
    ),
    new(
        "isolation",
        "docs/stage2.md#the-idea",
        "Look at what one client can make another wait for.",
        "Serve each connection on its own task or thread, and let none block the one that accepts. A \
         fault or a panic ends one connection or job, and no other.",
    ),
    new(
        "bounds",
        "docs/http.md#all-limits-in-one-place",
        "Look at everything that grows with what clients send: buffers, tasks, users, the queue.",
        "Give each a limit and decide what happens there: wait, reject or close. Free what a \
         connection held as soon as it ends or is idle.",
    ),
];
