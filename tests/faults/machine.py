"""A virtual machine that can be cut off: Debian's kernel in qemu, this machine's files read-only as its root.

No KVM is needed (TCG). Kernel and modules come out of Debian's package, unpacked; nothing of it is installed.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

BOOT_SECONDS: Final = 600.0  # emulated, on a machine that others use
BUSYBOX: Final = Path("/bin/busybox")
_WANTED: Final = ("virtio_pci", "9pnet_virtio", "9p", "virtio_blk", "virtio_net", "crc32c_generic", "ext4")
_INIT: Final = """#!/busybox sh
/busybox mkdir -p /proc /host
for module in {modules}; do /busybox insmod /$module; done
/busybox mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose host /host
/busybox mount -t devtmpfs none /host/dev
/busybox mount -t proc none /host/proc
/busybox mount -t ext4 /host/dev/vda /host/mnt
/busybox mount -t 9p -o trans=virtio,version=9p2000.L,cache=none told /host/media
/busybox ifconfig lo 127.0.0.1 up
/busybox ifconfig eth0 10.0.2.15 up
cd /host{root}
exec /busybox chroot /host /bin/sh -c 'cd {root} && {command}; echo o > /proc/sysrq-trigger'
"""


def fetch_kernel(folder: Path) -> Path:
    """Debian's present one, unpacked: 70 MB over the network."""
    depends = subprocess.check_output(["apt-cache", "depends", "linux-image-amd64"], text=True)
    found = re.search(r"Depends: (linux-image-\S+)", depends)
    assert found
    subprocess.run(["apt-get", "download", "-q", found[1]], cwd=folder, check=True)
    (package,) = folder.glob("linux-image-*.deb")
    subprocess.run(["dpkg", "-x", str(package), str(folder / "kernel")], check=True)
    return folder / "kernel"


class Machine:
    """`command` runs in it as root, in this checkout; /mnt is `disk`, /media the host's folder `told`.

    Of networks it has the host's loopback alone, at 10.0.2.2: no way leads further.
    """

    def __init__(self, kernel: Path, folder: Path, command: str, *, disk: Path, told: Path) -> None:
        (image,) = (kernel / "boot").glob("vmlinuz-*")
        ram_disk = _ram_disk(kernel, folder, command)
        self._console = folder / "console"
        drive = f"file={disk},if=virtio,format=raw,cache=writeback"
        line = f"-m 512 -display none -no-reboot -accel tcg -serial file:{self._console} -drive {drive}"
        start = ["-kernel", str(image), "-initrd", str(ram_disk), "-append", "console=ttyS0 panic=-1 quiet"]
        network = ["-nic", "user,model=virtio-net-pci"]
        shares = [*_share(Path("/"), "host", "on"), *_share(told, "told", "off")]
        self._process = subprocess.Popen(["qemu-system-x86_64", *line.split(), *start, *network, *shares])

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def said(self) -> str:
        return f"the machine ended by itself: {self._console.read_text(errors='replace')}"

    def cut_off(self) -> None:
        """What it had not flushed is gone with its memory."""
        self._process.kill()
        self._process.wait()


def _share(path: Path, tag: str, read_only: str) -> list[str]:
    options = f"local,path={path},mount_tag={tag},security_model=none,readonly={read_only},multidevs=remap"
    return ["-virtfs", options]


def _ram_disk(kernel: Path, folder: Path, command: str) -> Path:
    """cpio, as the kernel unpacks it: busybox, the modules, and what to do (initramfs buffer format)."""
    content = folder / "initramfs"
    content.mkdir()
    modules = list(_in_order(kernel))
    for path in modules:
        (content / path.name).write_bytes(path.read_bytes())
    (content / "busybox").write_bytes(BUSYBOX.read_bytes())
    names = " ".join(path.name for path in modules)
    (content / "init").write_text(_INIT.format(modules=names, root=Path.cwd(), command=command))
    for name in ("busybox", "init"):
        (content / name).chmod(0o755)
    packed = folder / "initramfs.cpio"
    listed = "".join(f"{path.name}\n" for path in sorted(content.iterdir()))
    with packed.open("wb") as file:
        subprocess.run(
            [BUSYBOX, "cpio", "-o", "-H", "newc"], cwd=content, input=listed.encode(), stdout=file, check=True
        )
    return packed


def _in_order(kernel: Path) -> Iterator[Path]:
    """Each module after those it needs, which its .modinfo names."""
    paths = {path.stem.replace("-", "_"): path for path in kernel.rglob("*.ko")}
    seen: set[str] = set()

    def with_needs(name: str) -> Iterator[Path]:
        if name in seen or name not in paths:
            return
        seen.add(name)
        found = re.search(rb"\0depends=([^\0]*)\0", paths[name].read_bytes())
        for need in found[1].decode().split(",") if found else []:
            yield from with_needs(need.replace("-", "_"))
        yield paths[name]

    for name in _WANTED:
        yield from with_needs(name)
