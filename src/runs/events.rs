//! Events for TensorBoard.
//!
//! A file of records: the length as u64, little-endian, its checksum, the bytes of an `Event`, their checksum. A checksum
//! is CRC-32C, turned right by 15 bits, plus a constant (TensorFlow, `core/lib/io/record_writer`, `core/lib/hash/crc32c.h`).
//! An event is a message of Protocol Buffers; the numbers of its fields are those of TensorBoard's `compat/proto/event.proto`,
//! `summary.proto`, `tensor.proto`, and of `plugins/hparams/plugin_data.proto`.

use crate::config::Value;
use crate::diagnostics::Distribution;

/// A message, as it is written.
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// A field's number, and how it is written: 0 as a varint, 1 in eight bytes, 2 with its length, 5 in four bytes.
    fn key(&mut self, field: u64, wire: u64) {
        self.varint(field << 3 | wire);
    }

    fn whole(mut self, field: u64, number: u64) -> Self {
        self.key(field, 0);
        self.varint(number);
        self
    }

    fn f64(mut self, field: u64, number: f64) -> Self {
        self.key(field, 1);
        self.0.extend(number.to_le_bytes());
        self
    }

    fn f32(mut self, field: u64, number: f32) -> Self {
        self.key(field, 5);
        self.0.extend(number.to_le_bytes());
        self
    }

    fn bytes(mut self, field: u64, bytes: impl AsRef<[u8]>) -> Self {
        self.key(field, 2);
        self.varint(bytes.as_ref().len() as u64);
        self.0.extend_from_slice(bytes.as_ref());
        self
    }

    fn message(self, field: u64, message: Message) -> Self {
        self.bytes(field, message.0)
    }
}

/// The remainder of each byte, least bit first, by the polynomial of Castagnoli (RFC 3720, appendix B.4).
const REMAINDERS: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut remainder, mut bit) = (byte as u32, 0);
        while bit < 8 {
            remainder = (remainder >> 1) ^ if remainder & 1 == 1 { 0x82f6_3b78 } else { 0 };
            bit += 1;
        }
        table[byte] = remainder;
        byte += 1;
    }
    table
};

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, &byte| (sum >> 8) ^ REMAINDERS[usize::from(sum as u8 ^ byte)])
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// An event at this time, in seconds since 1970, as a record.
fn record(time: f64, step: u64, what: impl FnOnce(Message) -> Message) -> Vec<u8> {
    let event = Message::default().f64(1, time);
    let event = what(if step == 0 { event } else { event.whole(2, step) }).0;
    let length = (event.len() as u64).to_le_bytes();
    [&length[..], &checksum(&length), &event, &checksum(&event)].concat()
}

/// What a file begins with.
pub(super) fn version(time: f64) -> Vec<u8> {
    record(time, 0, |event| event.bytes(3, "brain.Event:2"))
}

/// Several values of one step.
#[derive(Debug, Default)]
pub(super) struct Summary(Message);

impl Summary {
    fn value(self, value: Message) -> Self {
        Summary(self.0.message(1, value))
    }

    /// A number.
    pub fn scalar(self, tag: &str, number: f64) -> Self {
        self.value(Message::default().bytes(1, tag).f32(2, number as f32))
    }

    /// A histogram: of each bin the left and the right end, and how many it holds.
    pub fn histogram(self, tag: &str, values: &Distribution) -> Self {
        let bins = values.histogram.len();
        let end = |bin: usize| values.min + (values.max - values.min) * bin as f64 / bins as f64;
        let triples = values.histogram.iter().enumerate().flat_map(|(bin, &count)| {
            [end(bin), end(bin + 1), count as f64].into_iter().flat_map(f64::to_le_bytes)
        });
        let shape = [bins as u64, 3]
            .into_iter()
            .fold(Message::default(), |shape, len| shape.message(2, Message::default().whole(1, len)));
        const DOUBLE: u64 = 2;
        let tensor =
            Message::default().whole(1, DOUBLE).message(2, shape).bytes(4, triples.collect::<Vec<u8>>());
        self.value(Message::default().bytes(1, tag).message(8, tensor).message(9, plugin("histograms", None)))
    }

    /// The settings of the run, for the table that compares runs.
    pub fn settings(self, settings: &[(String, Value)], time: f64) -> Self {
        let mut start = Message::default();
        for (name, value) in settings {
            let value = match value {
                Value::Flag(flag) => Message::default().whole(4, u64::from(*flag)),
                Value::Whole(number) => Message::default().f64(2, *number as f64),
                Value::Number(number) => Message::default().f64(2, *number),
                other => Message::default().bytes(3, other.to_string().trim_matches('"')),
            };
            start = start.message(1, Message::default().bytes(1, name).message(2, value));
        }
        self.hparams("_hparams_/session_start_info", 3, start.f64(5, time))
    }

    /// That the run has ended, and whether with success.
    pub fn ended(self, success: bool, time: f64) -> Self {
        let status = if success { 1 } else { 2 };
        self.hparams("_hparams_/session_end_info", 4, Message::default().whole(1, status).f64(2, time))
    }

    fn hparams(self, tag: &str, field: u64, content: Message) -> Self {
        const FLOAT: u64 = 1;
        let none = Message::default().message(2, Message::default().whole(1, 0));
        let nothing = Message::default().whole(1, FLOAT).message(2, none);
        let metadata = plugin("hparams", Some(Message::default().message(field, content)));
        self.value(Message::default().bytes(1, tag).message(8, nothing).message(9, metadata))
    }

    /// The event.
    pub fn at(self, step: u64, time: f64) -> Vec<u8> {
        record(time, step, |event| event.message(5, self.0))
    }
}

/// Which plugin shows a value.
fn plugin(name: &str, content: Option<Message>) -> Message {
    const TENSOR: u64 = 2;
    let data = Message::default().bytes(1, name);
    let data = content.map_or(Message(data.0.clone()), |content| Message(data.0).message(2, content));
    Message::default().message(1, data).whole(4, TENSOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // RFC 3720, appendix B.4, and the check value of CRC-32C.
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    }

    /// `tests/models/tensorboard.hex` is what TensorBoard's own writer wrote: `tests/interop/event_bytes.py`.
    #[test]
    fn events_are_what_tensorboard_writes_to_the_byte() {
        let golden = include_str!("../../tests/models/tensorboard.hex");
        let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let bins = Distribution { histogram: vec![3, 5], ..Distribution::of(&[-1.0_f32, 1.0]) };
        let written = [
            version(1.5),
            Summary::default().scalar("loss", 0.5).scalar("rate", -0.001).at(300, 2.25),
            Summary::default().histogram("weights/0", &bins).at(1, 3.0),
        ];
        for (ours, theirs) in written.into_iter().map(hex).zip(golden.lines()) {
            assert_eq!(ours, theirs);
        }
        assert_eq!(golden.lines().count(), 3);
    }
}
