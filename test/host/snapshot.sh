#!/bin/bash
# snapshot.sh [DIRECTORY]...: runs in a test host, and tells what is there, as records of fields; snapshot.ts reads
# them. Of files, those below the directories are told, default all.
# Fields end with NUL, for a path can hold anything else. The first field of a record says its kind.
set -euo pipefail

# Where the containers' tools have no business, or what changes by itself while a host runs.
noise=(
  # The store is Nix's; its roots and profiles count.
  /nix/store /nix/var/nix/db /nix/var/nix/temproots /nix/var/nix/gc.lock /nix/var/nix/userpool2 /nix/var/log
  # Caches, logs and clocks.
  /root/.cache /root/.local/state/nix '/home/*/.cache/nix' /var/cache /var/tmp /var/log/journal /var/log/wtmp /var/log/btmp /var/log/lastlog
  # What networkd remembers of the addresses it gave away, so that a container of the same name gets the same again.
  /var/lib/systemd/network/dhcp-server-lease
  /var/lib/systemd/random-seed /var/lib/systemd/timers /var/lib/systemd/timesync /var/lib/systemd/credential.secret
  # What the running systemd keeps for itself, named by numbers of processes, links and invocations.
  /run/log /run/udev /run/dbus /run/initctl /run/lock /run/user /run/host /run/nscd
  /run/systemd/journal /run/systemd/units /run/systemd/netif /run/systemd/resolve /run/systemd/propagate
  /run/systemd/inaccessible /run/systemd/sessions /run/systemd/seats /run/systemd/users /run/systemd/notify
  /run/systemd/io.systemd.ManagedOOM /run/systemd/ask-password /run/systemd/private /run/systemd/generator
  /run/systemd/incoming /run/systemd/mount-rootfs /run/systemd/container /run/systemd/dynamic-uid
  # What a running container writes into its own journal.
  '/var/lib/machines/*/var/log/journal/*/*'
  # machined comes and goes as it is asked. Of newer versions, resolved asks it by a socket.
  /run/systemd/machine /run/systemd/userdb /run/systemd/resolve.hook
  /run/network /run/utmp
  # Namespaces of other machines, which cannot be read as files.
  /run/netns
)
roots=(/ /var /nix /run)
if [ $# -gt 0 ]; then
  roots=()
  for path; do [ ! -e "$path" ] || roots+=("$path"); done
fi

prune=(-false)
for path in "${noise[@]}"; do prune+=(-o -path "$path"); done

# /usr is the distribution's; size and time of change stand for the content there.
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
