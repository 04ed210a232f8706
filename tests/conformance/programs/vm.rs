// SPDX-License-Identifier: MIT
// VirtualMemory: map, write, read back, protect, reserve, commit, decommit (zero again), unmap; a mapping or protection that is both writable and
// executable is refused. Grants: console, virtual_memory. Exit code 0, or the number of the step that failed.
#![no_std]
#![no_main]

use capos_rt::syscall::CAP_ENTER_WAIT_FOREVER as FOREVER;
use capos_rt::{
    ClientError, ConsoleClient, Runtime, VM_PROT_EXEC, VM_PROT_READ, VM_PROT_WRITE,
    VirtualMemoryClient,
};

const PAGE: u64 = 4096;
const RW: u32 = VM_PROT_READ | VM_PROT_WRITE;

fn refused<T>(r: Result<T, ClientError>) -> bool {
    matches!(r, Err(ClientError::Application(_)))
}

// The addresses come from the kernel and cover what is touched.
unsafe fn poke(addr: u64, value: u64) {
    unsafe { core::ptr::write_volatile(addr as *mut u64, value) }
}

unsafe fn peek(addr: u64) -> u64 {
    unsafe { core::ptr::read_volatile(addr as *const u64) }
}

fn run(mut runtime: Runtime) -> Result<(), i64> {
    let mut console: ConsoleClient = runtime.capset().get_client(b"console").map_err(|_| 1i64)?;
    let mut vm: VirtualMemoryClient =
        runtime.capset().get_client(b"virtual_memory").map_err(|_| 2i64)?;
    let mut ring = runtime.ring_client().map_err(|_| 3i64)?;

    let call = vm.map(&mut ring, 0, 3 * PAGE, RW).map_err(|_| 4i64)?;
    let done = ring.wait(call, FOREVER).map_err(|_| 5i64)?;
    let addr = vm.finish_map(done).map_err(|_| 6i64)?;
    if addr % PAGE != 0 || unsafe { peek(addr + 2 * PAGE) } != 0 {
        return Err(7);
    }
    unsafe { poke(addr + PAGE, 0x5eed) };
    if unsafe { peek(addr + PAGE) } != 0x5eed {
        return Err(8);
    }

    let call = vm.map(&mut ring, 0, PAGE, VM_PROT_WRITE | VM_PROT_EXEC).map_err(|_| 9i64)?;
    let done = ring.wait(call, FOREVER).map_err(|_| 10i64)?;
    if !refused(vm.finish_map(done)) {
        return Err(11);
    }
    let call = vm
        .protect(&mut ring, addr, PAGE, VM_PROT_READ | VM_PROT_WRITE | VM_PROT_EXEC)
        .map_err(|_| 12i64)?;
    let done = ring.wait(call, FOREVER).map_err(|_| 13i64)?;
    if !refused(vm.finish_protect(done)) {
        return Err(14);
    }
    let call = vm.protect(&mut ring, addr + PAGE, PAGE, VM_PROT_READ).map_err(|_| 15i64)?;
    let done = ring.wait(call, FOREVER).map_err(|_| 16i64)?;
    vm.finish_protect(done).map_err(|_| 17i64)?;
    if unsafe { peek(addr + PAGE) } != 0x5eed {
        return Err(18);
    }

    let call = vm.reserve(&mut ring, 0, 16 * PAGE).map_err(|_| 19i64)?;
    let done = ring.wait(call, FOREVER).map_err(|_| 20i64)?;
    let area = vm.finish_reserve(done).map_err(|_| 21i64)?;
    let call = vm.commit(&mut ring, area + 4 * PAGE, 2 * PAGE, RW).map_err(|_| 22i64)?;
    let done = ring.wait(call, FOREVER).map_err(|_| 23i64)?;
    vm.finish_commit(done).map_err(|_| 24i64)?;
    unsafe { poke(area + 5 * PAGE, 7) };
    let call = vm.decommit(&mut ring, area + 4 * PAGE, 2 * PAGE).map_err(|_| 25i64)?;
    let done = ring.wait(call, FOREVER).map_err(|_| 26i64)?;
    vm.finish_decommit(done).map_err(|_| 27i64)?;
    let call = vm.commit(&mut ring, area + 4 * PAGE, 2 * PAGE, RW).map_err(|_| 28i64)?;
    let done = ring.wait(call, FOREVER).map_err(|_| 29i64)?;
    vm.finish_commit(done).map_err(|_| 30i64)?;
    if unsafe { peek(area + 5 * PAGE) } != 0 {
        return Err(31);
    }

    let call = vm.unmap(&mut ring, addr, 3 * PAGE).map_err(|_| 32i64)?;
    let done = ring.wait(call, FOREVER).map_err(|_| 33i64)?;
    vm.finish_unmap(done).map_err(|_| 34i64)?;
    let call = vm.unmap(&mut ring, area, 16 * PAGE).map_err(|_| 35i64)?;
    let done = ring.wait(call, FOREVER).map_err(|_| 36i64)?;
    vm.finish_unmap(done).map_err(|_| 37i64)?;
    console
        .write_line_wait(&mut ring, "vm: all six methods, writable and executable refused", FOREVER)
        .map_err(|_| 38i64)
}

fn vm_main(runtime: Runtime) -> i64 {
    run(runtime).err().unwrap_or(0)
}

capos_rt::entry_point!(vm_main);
