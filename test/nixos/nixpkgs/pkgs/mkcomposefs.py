"""mkcomposefs --from-file DUMP IMAGE: the part that NixOS's overlay at /etc needs.

Reads composefs-dump(5), and creates the image with mkfs.erofs. A file without its own content becomes a hole of its
size, marked as a part of an overlay whose content is elsewhere (Documentation/filesystems/overlayfs.rst, "Data-only
lower layers").
"""

import io
import re
import subprocess
import sys
import tarfile


def unescape(field: str) -> str:
    text = re.sub(r"\\x([0-9a-fA-F]{2})", lambda m: chr(int(m[1], 16)), field)
    return text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("\\\\", "\\")


def entries(lines):
    for line in lines:
        path, size, mode, _, uid, gid, _, mtime, payload, content, *_ = line.rstrip("\n").split(" ")
        entry = tarfile.TarInfo("." + unescape(path))
        kind = int(mode, 8) >> 12
        entry.mode = int(mode, 8) & 0o7777
        entry.uid, entry.gid, entry.mtime = int(uid), int(gid), int(float(mtime))
        data = b""
        if kind == 0o4:
            entry.type = tarfile.DIRTYPE
        elif kind == 0o12:
            entry.type, entry.linkname = tarfile.SYMTYPE, unescape(payload)
        elif content != "-" or size == "0":
            data = b"" if content == "-" else unescape(content).encode("latin-1")
        else:
            data = bytes(int(size))
            entry.pax_headers = {
                # struct ovl_metacopy without a digest. tar treats an empty value as none.
                "SCHILY.xattr.trusted.overlay.metacopy": "\0\4\0\0",
                "SCHILY.xattr.trusted.overlay.redirect": "/" + unescape(payload),
            }
        entry.size = len(data)
        yield entry, data


def main() -> None:
    option, dump, image = sys.argv[1:]
    if option != "--from-file":
        sys.exit(f"mkcomposefs: {option} is not known here")
    with open(dump) as lines, tarfile.open(f"{image}.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        for entry, data in entries(lines):
            archive.addfile(entry, io.BytesIO(data))
    subprocess.run(["mkfs.erofs", "--quiet", "--tar=f", "-T0", "-U", "clear", image, f"{image}.tar"], check=True)
    subprocess.run(["rm", f"{image}.tar"], check=True)


main()
