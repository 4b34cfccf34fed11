#!/bin/sh
# ./install.sh [FOLDER]: installs this archive without any registry, here or into FOLDER. INSTALL.md says the rest.
# This part finds a Python that fits the wheels; bundle/install.py does the work.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# Chinese and English, or the one that WHISTLEMAP_LANG names
say() {
    [ "${WHISTLEMAP_LANG:-}" = en ] || printf '%s\n' "$1" >&2
    [ "${WHISTLEMAP_LANG:-}" = zh ] || printf '%s\n' "$2" >&2
}

fact() { sed -n "s/^$1=//p" "$here/BUNDLE"; }

if [ ! -f "$here/BUNDLE" ] || [ ! -f "$here/bundle/install.py" ]; then
    say "安装包不完整：缺少 BUNDLE 或 bundle/install.py。请在解压后的文件夹里运行，或重新解压。" \
        "The archive is not complete: BUNDLE or bundle/install.py is missing. Run this in the unpacked folder, or unpack again."
    exit 1
fi
python=$(fact python) implementation=$(fact implementation) platform=$(fact platform) glibc=$(fact glibc)

# answers "fits", or what does not; asked of any Python 3, however old
check='
import platform, sys, sysconfig, venv
implementation, version, system, glibc = sys.argv[1:]
number = lambda text: [int(part) for part in text.split(".")[:2] if part.isdigit()]
mine, libc = "%d.%d" % sys.version_info[:2], platform.libc_ver()[1]
if (platform.python_implementation(), mine) != (implementation, version):
    print("%s %s" % (platform.python_implementation(), mine))
elif sysconfig.get_platform() != system:
    print(sysconfig.get_platform())
elif glibc and number(libc) < number(glibc):
    print("glibc %s" % (libc or "-"))
else:
    print("fits")
'

seen=""
try() {
    candidate=$1
    shift
    found=$("$candidate" -I -c "$check" "$implementation" "$python" "$platform" "$glibc" 2>/dev/null) || found="-"
    if [ "$found" = fits ]; then
        exec "$candidate" -I -B "$here/bundle/install.py" "$@"
    fi
    seen="$seen $candidate: $found;"
}
if [ -n "${PYTHON:-}" ]; then
    try "$PYTHON" "$@"
else
    try "python$python" "$@"
    try python3 "$@"
fi

needs="$implementation $python, $platform${glibc:+, glibc >= $glibc}"
say "没有合适的 Python。本安装包需要：$needs。看到的：${seen% ;}（- 表示没有，或缺少 venv 模块）。请安装 Python $python，或指定 PYTHON=/路径/python$python ./install.sh，或在与本机同类的机器上重新 make bundle。" \
    "No Python fits. This archive needs: $needs. Seen:$seen (- is not there, or without its module venv). Install Python $python, name one with PYTHON=/path/python$python ./install.sh, or run make bundle on a machine like this one."
exit 1
