# How text becomes a value in systemd's files. Each function is for one kind of value: systemd reads them differently.
let
  inherit (builtins)
    concatStringsSep
    filter
    isString
    length
    match
    replaceStrings
    split
    ;
in
rec {
  hasControlCharacter = text: length (split "[[:cntrl:]]" text) > 1;

  # A line break would begin a new key; systemd has no way to write one in most values.
  line =
    what: text:
    if hasControlCharacter text then
      throw "${what} holds a line break or another control character: ${builtins.toJSON text}"
    else
      text;

  # systemd.unit(5), "Specifiers": where they are expanded, a lone percent sign begins one.
  specifiers = replaceStrings [ "%" ] [ "%%" ];

  # One word of a command line (systemd.service(5), "Command lines"): quotes, specifiers and variables.
  word =
    text:
    if match "[A-Za-z0-9_./:@=+,-]+" text != null then
      text
    else
      "\"${
        replaceStrings [ "\\" "\"" "%" "$" ] [ "\\\\" "\\\"" "%%" "$$" ] (line "A command's argument" text)
      }\"";

  commandLine = words: concatStringsSep " " (map word words);

  # The program of a command line. systemd expands no variables in it, and takes neither quotes nor backslashes
  # (src/core/load-fragment.c, config_parse_exec), so that nothing but the line's own syntax has to be escaped.
  isProgram = text: match "/.*" text != null && match ".*[\"'\\].*" text == null && !hasControlCharacter text;
  program =
    text:
    if !isProgram text then
      throw "systemd takes no quotes, backslashes or control characters in the path of a program: ${builtins.toJSON text}"
    else if match "[A-Za-z0-9_./:@=+,-]+" text != null then
      text
    else
      "\"${specifiers text}\"";

  # One path of a list of paths such as RequiresMountsFor=: quotes, backslashes and specifiers, but no variables.
  path =
    text:
    if match "[A-Za-z0-9_./:@=+,-]+" text != null then
      text
    else
      "\"${replaceStrings [ "\\" "\"" "%" ] [ "\\\\" "\\\"" "%%" ] (line "A path" text)}\"";

  # A path within Bind= of systemd.nspawn(5): between colons, backslash escapes. No quotes, no specifiers.
  bindPath = text: replaceStrings [ "\\" ":" ] [ "\\\\" "\\:" ] (line "A bind mount's path" text);

  # The inverse of joining bindPath'ed parts with colons.
  splitBind =
    text:
    let
      # Escaped characters and separators, in the order in which they stand.
      pieces = split "(\\\\.|:)" text;
      step =
        parts: piece:
        let
          current = parts.current;
        in
        if isString piece then
          parts // { current = current + piece; }
        else if piece == [ ":" ] then
          {
            done = parts.done ++ [ current ];
            current = "";
          }
        else
          parts // { current = current + builtins.substring 1 (-1) (builtins.head piece); };
      all = builtins.foldl' step {
        done = [ ];
        current = "";
      } pieces;
    in
    all.done ++ [ all.current ];

  # One word of a shell script.
  shell = text: "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";

  # Absolute, nothing that leads upwards, nothing that a line of a file could lose.
  isPlainPath =
    text:
    builtins.substring 0 1 text == "/"
    && !hasControlCharacter text
    && match ".*[ ]" text == null
    && filter (part: part == "..") (filter isString (split "/" text)) == [ ];
}
