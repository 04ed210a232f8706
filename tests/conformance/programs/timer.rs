// SPDX-License-Identifier: MIT
// Timer: the clock moves forward, a sleep lasts at least as long as asked, an unknown method is `unimplemented`.
// Grants: console, timer. Exit code 0, or the number of the step that failed.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::{vec, vec::Vec};
use capos_rt::syscall::CAP_ENTER_WAIT_FOREVER as FOREVER;
use capos_rt::{Client, ClientError, ConsoleClient, ExceptionType, Runtime, TimerClient, decode_completed_call};

const SLEEP_NS: u64 = 20_000_000;

fn run(mut runtime: Runtime) -> Result<(), i64> {
    let mut console: ConsoleClient = runtime.capset().get_client(b"console").map_err(|_| 1i64)?;
    let mut timer: TimerClient = runtime.capset().get_client(b"timer").map_err(|_| 2i64)?;
    let mut ring = runtime.ring_client().map_err(|_| 3i64)?;

    let first = timer.now_wait(&mut ring, FOREVER).map_err(|_| 4i64)?;
    let second = timer.now_wait(&mut ring, FOREVER).map_err(|_| 5i64)?;
    if second.monotonic_ns < first.monotonic_ns {
        return Err(6);
    }
    timer.sleep_wait(&mut ring, SLEEP_NS, FOREVER).map_err(|_| 7i64)?;
    let third = timer.now_wait(&mut ring, FOREVER).map_err(|_| 8i64)?;
    if third.monotonic_ns - second.monotonic_ns < SLEEP_NS {
        return Err(9);
    }
    let call = ring
        .submit_call(
            timer.capability().cap_id(),
            77,
            Vec::new().into_boxed_slice(),
            vec![0; 512].into_boxed_slice(),
        )
        .map_err(|_| 10i64)?;
    let done = ring.wait(call, FOREVER).map_err(|_| 11i64)?;
    match decode_completed_call(&done) {
        Err(ClientError::Application(e)) if e.exception_type() == ExceptionType::Unimplemented => {}
        _ => return Err(12),
    }
    console
        .write_line_wait(&mut ring, "timer: forward, sleeps long enough, refuses unknown methods", FOREVER)
        .map_err(|_| 13i64)
}

fn timer_main(runtime: Runtime) -> i64 {
    run(runtime).err().unwrap_or(0)
}

capos_rt::entry_point!(timer_main);
