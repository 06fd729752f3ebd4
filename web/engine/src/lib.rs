//! The playground's engine: gradlens as WebAssembly. A page asks in JSON and is answered in JSON; what it may ask stands
//! in [`request`], and in a table in the README beside the page.
//!
//! The page calls [`room`] for the bytes of a request, writes them there, calls [`answer`], which does it and says how long the
//! answer is, and reads that from [`answer_at`]. No pointer is read here: the buffers are vectors, and the page reaches
//! into their memory.

#![warn(missing_docs)]
#![deny(unsafe_code)]

mod digits;
mod frame;
pub mod request;
mod run;
mod settings;

use request::Engine;
use std::cell::RefCell;

#[derive(Default)]
struct Memory {
    engine: Engine,
    request: Vec<u8>,
    answer: Vec<u8>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Makes room for a request of so many bytes, and says where.
#[allow(unsafe_code, reason = "the name that the page calls; no other crate here has such a one")]
#[unsafe(no_mangle)]
pub extern "C" fn room(len: usize) -> *mut u8 {
    MEMORY.with_borrow_mut(|memory| {
        memory.request = vec![0; len];
        memory.request.as_mut_ptr()
    })
}

/// Does what the request asks, and says how many bytes the answer has.
#[allow(unsafe_code, reason = "the name that the page calls; no other crate here has such a one")]
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> usize {
    MEMORY.with_borrow_mut(|memory| {
        let request = std::mem::take(&mut memory.request);
        memory.answer = memory.engine.answer(&request).into_bytes();
        memory.answer.len()
    })
}

/// Where the answer is, until the next request.
#[allow(unsafe_code, reason = "the name that the page calls; no other crate here has such a one")]
#[unsafe(no_mangle)]
pub extern "C" fn answer_at() -> *const u8 {
    MEMORY.with_borrow(|memory| memory.answer.as_ptr())
}
