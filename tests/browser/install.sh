#!/bin/sh
# What the tests need of Debian's packages: Chromium and Chinese fonts, and GDAL and LibreOffice to open exports again;
# where they cannot be installed, say what to install and fail.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
fc-list 2>/dev/null | grep -qi "Noto Sans CJK" || missing="$missing fonts-noto-cjk"
command -v ogrinfo >/dev/null 2>&1 || missing="$missing gdal-bin"
command -v soffice >/dev/null 2>&1 || missing="$missing libreoffice-calc-nogui"
[ -z "$missing" ] && exit 0
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"; else as_root=none; fi
fi
if [ "$as_root" != none ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    if $as_root apt-get update -q >/dev/null && $as_root apt-get install -y -q --no-install-recommends $missing fontconfig >/dev/null; then
        exit 0
    fi
fi
echo "The tests need Debian's packages:$missing. Install them (apt-get install$missing) and run again." >&2
exit 1
