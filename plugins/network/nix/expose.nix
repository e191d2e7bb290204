# Ports of the host that are forwarded to the container, in a short form.
{
  # "8080:80", "53:53/udp", "443", "8000-8010:9000-9010"; TCP unless it ends in /udp.
  ports,
}:
let
  number = text: builtins.fromJSON text;
  malformed =
    port:
    throw "The preset `expose' accepts ports like \"8080:80\", \"53:53/udp\" or \"8000-8010\", not ${builtins.toJSON port}.";

  forward =
    port:
    let
      parts = builtins.match "([1-9][0-9]*)(-([1-9][0-9]*))?(:([1-9][0-9]*)(-([1-9][0-9]*))?)?(/(tcp|udp))?" port;
      part = builtins.elemAt parts;
      otherwise = other: value: if value == null then other else value;
      first = number (part 0);
      last = number (otherwise (part 0) (part 2));
      containerFirst = number (otherwise (part 0) (part 4));
      containerLast = if part 3 == null then last else number (otherwise (part 4) (part 6));
      count = last - first + 1;
    in
    if
      parts == null
      || last > 65535
      || containerLast > 65535
      || count < 1
      || containerLast - containerFirst + 1 != count
    then
      malformed port
    else
      builtins.genList (offset: {
        hostPort = first + offset;
        containerPort = containerFirst + offset;
        protocol = otherwise "tcp" (part 8);
      }) count;
in
{
  nixosContainer.forwardPorts = builtins.concatMap forward ports;
}
