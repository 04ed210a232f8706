// SPDX-License-Identifier: MIT
// Directory and File: create, write, read, append, truncate, stat, mkdir, sub, list, rename, remove, and the refusals that go with them.
// Grants: console, directory. Exit code 0, or the number of the step that failed.
#![no_std]
#![no_main]

use capos_rt::syscall::CAP_ENTER_WAIT_FOREVER as FOREVER;
use capos_rt::{ClientError, ConsoleClient, DirectoryClient, FileClient, Runtime};

const CREATE: u32 = 1;
const TRUNCATE: u32 = 2;
const APPEND: u32 = 4;

fn refused<T>(r: Result<T, ClientError>) -> bool {
    matches!(r, Err(ClientError::Application(_)))
}

fn run(mut runtime: Runtime) -> Result<(), i64> {
    let mut console: ConsoleClient = runtime.capset().get_client(b"console").map_err(|_| 1i64)?;
    let mut dir: DirectoryClient = runtime.capset().get_client(b"directory").map_err(|_| 2i64)?;
    let mut ring = runtime.ring_client().map_err(|_| 3i64)?;

    if !refused(dir.open_wait(&mut ring, "absent", 0, FOREVER)) {
        return Err(4);
    }
    for name in ["", ".", "..", "a/b"] {
        if !refused(dir.open_wait(&mut ring, name, CREATE, FOREVER)) {
            return Err(5);
        }
    }
    let owned = dir.open_wait(&mut ring, "one", CREATE, FOREVER).map_err(|_| 6i64)?;
    let mut file = FileClient::new(owned.capability());
    if file.write_wait(&mut ring, 0, b"hello, file", FOREVER).map_err(|_| 7i64)? != 11 {
        return Err(8);
    }
    // A hole reads as zeros.
    if file.write_wait(&mut ring, 10_000, b"end", FOREVER).map_err(|_| 9i64)? != 3 {
        return Err(10);
    }
    let got = file.read_wait(&mut ring, 7, 16, FOREVER).map_err(|_| 11i64)?;
    if got.data.len() != 16 || &got.data[..4] != b"file" || got.data[4..].iter().any(|b| *b != 0) {
        return Err(12);
    }
    let stat = file.stat_wait(&mut ring, FOREVER).map_err(|_| 13i64)?;
    if stat.size != 10_003 {
        return Err(14);
    }
    if file.read_wait(&mut ring, 20_000, 8, FOREVER).map_err(|_| 15i64)?.data.len() != 0 {
        return Err(16);
    }
    file.truncate_wait(&mut ring, 5, FOREVER).map_err(|_| 17i64)?;
    let tail = dir.open_wait(&mut ring, "one", APPEND, FOREVER).map_err(|_| 18i64)?;
    let mut tail_file = FileClient::new(tail.capability());
    tail_file.write_wait(&mut ring, 0, b"!", FOREVER).map_err(|_| 19i64)?;
    if &file.read_wait(&mut ring, 0, 64, FOREVER).map_err(|_| 20i64)?.data[..] != b"hello!" {
        return Err(21);
    }
    file.sync_wait(&mut ring, FOREVER).map_err(|_| 22i64)?;

    let sub = dir.mkdir_wait(&mut ring, "sub", FOREVER).map_err(|_| 23i64)?;
    if !refused(dir.mkdir_wait(&mut ring, "sub", FOREVER)) {
        return Err(24);
    }
    let mut subdir = DirectoryClient::new(sub.capability());
    subdir.create_wait(&mut ring, "inner", FOREVER).map_err(|_| 25i64)?;
    if !refused(subdir.create_wait(&mut ring, "inner", FOREVER)) {
        return Err(26);
    }
    if !refused(dir.remove_wait(&mut ring, "sub", FOREVER)) {
        return Err(27);
    }
    let again = dir.sub_wait(&mut ring, "sub", FOREVER).map_err(|_| 28i64)?;
    let mut again_dir = DirectoryClient::new(again.capability());
    let listed = again_dir.list_wait(&mut ring, FOREVER).map_err(|_| 29i64)?;
    if listed.entries.len() != 1 || listed.entries[0].name != "inner" || listed.entries[0].is_dir {
        return Err(30);
    }
    dir.rename_wait(&mut ring, "one", "two", FOREVER).map_err(|_| 31i64)?;
    if !refused(dir.rename_wait(&mut ring, "one", "three", FOREVER))
        || !refused(dir.rename_wait(&mut ring, "two", "sub", FOREVER))
    {
        return Err(32);
    }
    dir.remove_wait(&mut ring, "two", FOREVER).map_err(|_| 33i64)?;
    // A removed file lives until its last capability goes.
    if &file.read_wait(&mut ring, 0, 64, FOREVER).map_err(|_| 34i64)?.data[..] != b"hello!" {
        return Err(35);
    }
    let fresh = dir.open_wait(&mut ring, "two", CREATE | TRUNCATE, FOREVER).map_err(|_| 36i64)?;
    let mut fresh_file = FileClient::new(fresh.capability());
    if fresh_file.stat_wait(&mut ring, FOREVER).map_err(|_| 37i64)?.size != 0 {
        return Err(38);
    }
    console
        .write_line_wait(&mut ring, "files: every method, every refusal", FOREVER)
        .map_err(|_| 39i64)
}

fn files_main(runtime: Runtime) -> i64 {
    run(runtime).err().unwrap_or(0)
}

capos_rt::entry_point!(files_main);
