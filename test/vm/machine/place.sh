# The paths of the virtual machine. The scripts in this directory source it.

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$vm/../../host/place.sh"

# Everything that determines the content of the images. If one of them changes, new ones are built.
image_inputs=("${base_inputs[@]}" "$vm"/{build,configure}.sh "$vm"/{initramfs-init,packages.list})

images_directory() {
  printf '%s/vm-%s-%s\n' "$cache" "$suite" "$(cat "${image_inputs[@]}" | sha256sum | cut -c1-16)"
}

# Sets the paths of the virtual machine NAME.
use_machine() {
  [[ $1 =~ ^[a-z0-9][a-z0-9-]{0,40}$ ]] || die "'$1' is no name for a virtual machine: use lower-case letters, digits and dashes."
  name=$1
  machine=$cache/machines/$name
}

# Succeeds if the process of the virtual machine exists.
machine_runs() {
  local pid since
  read -r pid since 2>/dev/null <"$machine/process" && [ "$(started_at "$pid")" = "$since" ]
}

# Sets the options of ssh(1) for the virtual machine. Commands share one connection, because it takes a second to make.
use_connection() {
  ssh=(
    ssh -F none -p "$(cat "$machine/port")" -i "$machine/key" -S "$machine/connection"
    -o BatchMode=yes -o ConnectTimeout=10 -o LogLevel=ERROR -o ServerAliveInterval=15
    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1
  )
}
