// SPDX-License-Identifier: MIT
// EntropySource: asks for bytes twice; both have the length asked for and differ from each other and from zeros.
// Grants: console, entropy_source. Exit code 0, or the number of the step that failed.
#![no_std]
#![no_main]

use capos_rt::syscall::CAP_ENTER_WAIT_FOREVER as FOREVER;
use capos_rt::{ConsoleClient, EntropySourceClient, EntropyStatus, Runtime};

const BYTES: u32 = 64;

fn run(mut runtime: Runtime) -> Result<(), i64> {
    let mut console: ConsoleClient = runtime.capset().get_client(b"console").map_err(|_| 1i64)?;
    let mut entropy: EntropySourceClient =
        runtime.capset().get_client(b"entropy_source").map_err(|_| 2i64)?;
    let mut ring = runtime.ring_client().map_err(|_| 3i64)?;

    let first = entropy.fill_wait(&mut ring, BYTES, FOREVER).map_err(|_| 4i64)?;
    let second = entropy.fill_wait(&mut ring, BYTES, FOREVER).map_err(|_| 5i64)?;
    if first.status != EntropyStatus::Ok || second.status != EntropyStatus::Ok {
        return Err(6);
    }
    if first.data.len() != BYTES as usize || second.data.len() != BYTES as usize {
        return Err(7);
    }
    if first.data == second.data || first.data.iter().all(|b| *b == 0) {
        return Err(8);
    }
    console
        .write_line_wait(&mut ring, "entropy: two fills, both full, different", FOREVER)
        .map_err(|_| 9i64)
}

fn entropy_main(runtime: Runtime) -> i64 {
    run(runtime).err().unwrap_or(0)
}

capos_rt::entry_point!(entropy_main);
