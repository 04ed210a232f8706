// SPDX-License-Identifier: MIT
// ProcessSpawner, ProcessHandle and Pipe: spawns itself as a child that gets only the write end of a pipe, reads what it says, sees the end of the
// stream and the exit code; then ends a second child that would wait for ever; a name that is not in the boot package is refused.
// Grants: console, process_spawner. Exit code 0, or the number of the step that failed.
#![no_std]
#![no_main]

use capos_rt::syscall::CAP_ENTER_WAIT_FOREVER as FOREVER;
use capos_rt::{
    ClientError, ConsoleClient, OwnedCapability, PipeClient, ProcessHandleClient,
    ProcessSpawnerClient, Runtime, SpawnGrant, SpawnGrantMode, SpawnGrantSource,
};

const CHILD_CODE: i64 = 41;

fn child(mut runtime: Runtime, mut pipe: PipeClient) -> i64 {
    let Ok(mut ring) = runtime.ring_client() else { return 2 };
    match pipe.write_wait(&mut ring, b"from the child", FOREVER) {
        Ok(14) => CHILD_CODE,
        _ => 3,
    }
}

fn sleeper(mut runtime: Runtime, mut pipe: PipeClient) -> i64 {
    let Ok(mut ring) = runtime.ring_client() else { return 2 };
    let _ = pipe.read_wait(&mut ring, 1, FOREVER);
    4
}

fn grant<T: capos_rt::CapabilityType>(name: &str, cap: &OwnedCapability<T>) -> SpawnGrant<'static> {
    let name: &'static str = match name {
        "child" => "child",
        _ => "sleeper",
    };
    SpawnGrant {
        name,
        source: SpawnGrantSource::Capability(cap.capability().raw()),
        mode: SpawnGrantMode::Raw,
        badge: 0,
    }
}

fn parent(mut runtime: Runtime) -> Result<(), i64> {
    let mut console: ConsoleClient = runtime.capset().get_client(b"console").map_err(|_| 1i64)?;
    let mut spawner: ProcessSpawnerClient =
        runtime.capset().get_client(b"process_spawner").map_err(|_| 2i64)?;
    let mut ring = runtime.ring_client().map_err(|_| 3i64)?;

    let pipe = spawner.create_pipe_wait(&mut ring, 4096, FOREVER).map_err(|_| 4i64)?;
    let grants = [grant("child", &pipe.write_end)];
    let handle = spawner
        .spawn_wait(&mut ring, "child", "spawner", &grants, FOREVER)
        .map_err(|_| 5i64)?;
    drop(pipe.write_end);
    ring.flush_releases().map_err(|_| 6i64)?;
    let mut reader = PipeClient::new(pipe.read_end.capability());
    let said = reader.read_wait(&mut ring, 64, FOREVER).map_err(|_| 7i64)?;
    if &said.data[..] != b"from the child" {
        return Err(8);
    }
    let end = reader.read_wait(&mut ring, 64, FOREVER).map_err(|_| 9i64)?;
    if !end.eof || !end.data.is_empty() {
        return Err(10);
    }
    let mut process = ProcessHandleClient::new(handle.capability());
    if process.wait_wait(&mut ring, FOREVER).map_err(|_| 11i64)? != CHILD_CODE {
        return Err(12);
    }
    // Waiting again gives the same answer.
    if process.wait_wait(&mut ring, FOREVER).map_err(|_| 13i64)? != CHILD_CODE {
        return Err(14);
    }

    let pipe = spawner.create_pipe_wait(&mut ring, 4096, FOREVER).map_err(|_| 15i64)?;
    let grants = [grant("sleeper", &pipe.read_end)];
    let handle = spawner
        .spawn_wait(&mut ring, "sleeper", "spawner", &grants, FOREVER)
        .map_err(|_| 16i64)?;
    let mut process = ProcessHandleClient::new(handle.capability());
    process.terminate_wait(&mut ring, FOREVER).map_err(|_| 17i64)?;
    if process.wait_wait(&mut ring, FOREVER).map_err(|_| 18i64)? == 4 {
        return Err(19);
    }
    match spawner.spawn_wait(&mut ring, "nobody", "no-such-binary", &[], FOREVER) {
        Err(ClientError::Application(_)) => {}
        _ => return Err(20),
    }
    console
        .write_line_wait(&mut ring, "spawner: child heard, exit code seen, sleeper ended", FOREVER)
        .map_err(|_| 21i64)
}

fn spawner_main(runtime: Runtime) -> i64 {
    if let Ok(pipe) = runtime.capset().get_client::<PipeClient>(b"child") {
        return child(runtime, pipe);
    }
    if let Ok(pipe) = runtime.capset().get_client::<PipeClient>(b"sleeper") {
        return sleeper(runtime, pipe);
    }
    parent(runtime).err().unwrap_or(0)
}

capos_rt::entry_point!(spawner_main);
