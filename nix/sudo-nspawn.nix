# A sudo with its policy linked in. Within a container that has users of its own, the store belongs to nobody, and
# sudo refuses to load a plugin (sudoers.so) that is not root's.
{ sudo }:
sudo.overrideAttrs (previous: {
  configureFlags = (previous.configureFlags or [ ]) ++ [ "--enable-static-sudoers" ];
})
