// SPDX-License-Identifier: MIT
// CapabilityManager: the manager of a child lists exactly what the child was granted, revokes one of them, and the list shows it gone; then release in this
// process: the released id is refused afterwards, and so is an id that never was.
// Grants: console, process_spawner. Exit code 0, or the number of the step that failed.
#![no_std]
#![no_main]

use capos_config::ring::CAP_ERR_INVALID_REQUEST;
use capos_rt::syscall::CAP_ENTER_WAIT_FOREVER as FOREVER;
use capos_rt::{
    CapabilityManagerClient, ClientError, ConsoleClient, PipeClient, ProcessHandleClient,
    ProcessSpawnerClient, Runtime, SpawnGrant, SpawnGrantMode, SpawnGrantSource, TransportError,
};

fn child(mut runtime: Runtime, mut pipe: PipeClient) -> i64 {
    let Ok(mut ring) = runtime.ring_client() else { return 2 };
    // Blocks until the parent lets go of the write end.
    match pipe.read_wait(&mut ring, 1, FOREVER) {
        Ok(end) if end.eof => 0,
        _ => 3,
    }
}

fn parent(mut runtime: Runtime) -> Result<(), i64> {
    let mut console: ConsoleClient = runtime.capset().get_client(b"console").map_err(|_| 1i64)?;
    let mut spawner: ProcessSpawnerClient =
        runtime.capset().get_client(b"process_spawner").map_err(|_| 2i64)?;
    let mut ring = runtime.ring_client().map_err(|_| 3i64)?;

    let gate = spawner.create_pipe_wait(&mut ring, 4096, FOREVER).map_err(|_| 4i64)?;
    let spare = spawner.create_pipe_wait(&mut ring, 4096, FOREVER).map_err(|_| 5i64)?;
    let give = |name, cap: capos_rt::CapabilityRef| SpawnGrant {
        name,
        source: SpawnGrantSource::Capability(cap),
        mode: SpawnGrantMode::Raw,
        badge: 0,
    };
    let grants = [
        give("gate", gate.read_end.capability().raw()),
        give("spare", spare.write_end.capability().raw()),
    ];
    let spawned = spawner
        .spawn_wait_with_parent_endpoints(&mut ring, "child", "manager", &grants, FOREVER)
        .map_err(|_| 6i64)?;
    let mut manager = CapabilityManagerClient::new(spawned.capability_manager.capability());
    let list = manager.list_wait(&mut ring, FOREVER).map_err(|_| 7i64)?;
    if list.len() != 2 {
        return Err(8);
    }
    let Some(target) = list.iter().find(|c| c.label == "spare") else { return Err(9) };
    if target.interface_id != capos_rt::PIPE_INTERFACE_ID {
        return Err(10);
    }
    manager.revoke_wait(&mut ring, target.id, FOREVER).map_err(|_| 11i64)?;
    if manager.revoke_wait(&mut ring, target.id, FOREVER).is_ok() {
        return Err(12);
    }
    let list = manager.list_wait(&mut ring, FOREVER).map_err(|_| 13i64)?;
    if list.len() != 1 || list[0].label != "gate" {
        return Err(14);
    }
    drop(gate.write_end);
    ring.flush_releases().map_err(|_| 15i64)?;
    let mut process = ProcessHandleClient::new(spawned.handle.capability());
    if process.wait_wait(&mut ring, FOREVER).map_err(|_| 16i64)? != 0 {
        return Err(17);
    }

    let stale = spare.read_end.capability();
    drop(spare.read_end);
    ring.flush_releases().map_err(|_| 18i64)?;
    let released = ring.release_wait(stale.cap_id(), FOREVER).map_err(|_| 19i64)?;
    if released != CAP_ERR_INVALID_REQUEST {
        return Err(20);
    }
    let mut gone = PipeClient::new(stale);
    match gone.is_closed_wait(&mut ring, FOREVER) {
        Err(ClientError::Transport(TransportError::InvokeFailed)) => {}
        _ => return Err(21),
    }
    if ring.release_wait(0x00ff_ff00, FOREVER).map_err(|_| 22i64)? != CAP_ERR_INVALID_REQUEST {
        return Err(23);
    }
    console
        .write_line_wait(&mut ring, "manager: listed, revoked, released, stale id refused", FOREVER)
        .map_err(|_| 24i64)
}

fn manager_main(runtime: Runtime) -> i64 {
    if let Ok(pipe) = runtime.capset().get_client::<PipeClient>(b"gate") {
        return child(runtime, pipe);
    }
    parent(runtime).err().unwrap_or(0)
}

capos_rt::entry_point!(manager_main);
