#!/bin/bash
# snapshot.sh [DIRECTORY]...: runs in a test host and prints its state as records of fields, which snapshot.ts reads.
# Files are those below the directories, by default all.
# Fields end with NUL, because a path can contain any other character. The first field of a record is its kind.
set -euo pipefail

# Paths that are not related to containers, or that change by themselves while a host runs.
noise=(
  # The store. Its roots and profiles are included.
  /nix/store /nix/var/nix/db /nix/var/nix/temproots /nix/var/nix/gc.lock /nix/var/nix/userpool2 /nix/var/log
  # Caches, logs and times.
  /root/.cache /root/.local/state/nix '/home/*/.cache/nix' /var/cache /var/tmp /var/log/journal /var/log/wtmp /var/log/btmp /var/log/lastlog
  # The leases of networkd, with which a container of the same name gets the same address again.
  /var/lib/systemd/network/dhcp-server-lease
  /var/lib/systemd/random-seed /var/lib/systemd/timers /var/lib/systemd/timesync /var/lib/systemd/credential.secret
  # Internal files of the running systemd, with numbers of processes, links and invocations in their names.
  /run/log /run/udev /run/dbus /run/initctl /run/lock /run/user /run/host /run/nscd
  /run/systemd/journal /run/systemd/units /run/systemd/netif /run/systemd/resolve /run/systemd/propagate
  /run/systemd/inaccessible /run/systemd/sessions /run/systemd/seats /run/systemd/users /run/systemd/notify
  /run/systemd/io.systemd.ManagedOOM /run/systemd/ask-password /run/systemd/private /run/systemd/generator
  /run/systemd/incoming /run/systemd/mount-rootfs /run/systemd/container /run/systemd/dynamic-uid
  # The journal of a running container.
  '/var/lib/machines/*/var/log/journal/*/*'
  # machined starts on demand and exits again. In newer versions, resolved uses a socket of it.
  /run/systemd/machine /run/systemd/userdb /run/systemd/resolve.hook
  /run/network /run/utmp
  # Network namespaces, which cannot be read as files.
  /run/netns
)
roots=(/ /var /nix /run)
if [ $# -gt 0 ]; then
  roots=()
  for path; do [ ! -e "$path" ] || roots+=("$path"); done
fi

prune=(-false)
for path in "${noise[@]}"; do prune+=(-o -path "$path"); done

# /usr belongs to the distribution. There, size and modification time replace the content.
find "${roots[@]}" -xdev \( "${prune[@]}" \) -prune -o -path '/usr/*' -printf 'packaged\0%p\0%y %m %U:%G %s %T@ %l\0'
find "${roots[@]}" -xdev \( "${prune[@]}" -o -path /usr \) -prune -o \
  \( -type f -printf 'file\0%p\0%m %U:%G\0' -o -type l -printf 'link\0%p\0%l\0' -o -printf 'other\0%p\0%y %m %U:%G\0' \)
find "${roots[@]}" -xdev \( "${prune[@]}" -o -path /usr \) -prune -o -type f -print0 |
  xargs -0 --no-run-if-empty sha256sum --zero |
  while read -r -d '' hash path; do printf 'content\0%s\0%s\0' "$path" "$hash"; done

systemctl list-units --all --plain --no-legend --no-pager 'systemd-nspawn@*' | while read -r unit _; do
  printf 'invocation\0%s\0%s\0' "$unit" "$(systemctl show --property=InvocationID --value -- "$unit")"
done

printf 'machines\0\0%s\0' "$(machinectl list --output=json --no-pager)"
printf 'links\0\0%s\0' "$(networkctl list --json=short --no-pager)"
printf 'ruleset\0\0%s\0' "$(nft --stateless --json list ruleset)"
printf 'failed-units\0\0%s\0' "$(systemctl list-units --failed --output=json --no-pager)"
printf 'container-units\0\0%s\0' "$(systemctl list-units --all --output=json --no-pager 'systemd-nspawn@*' 'machine-*')"
