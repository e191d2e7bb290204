# Quoting of text for systemd's files. Each function is for one kind of value, because systemd parses them differently.
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

  # A line break would begin a new key. Most values have no syntax for a line break.
  line =
    what: text:
    if hasControlCharacter text then
      throw "${what} contains a line break or another control character: ${builtins.toJSON text}"
    else
      text;

  # systemd.unit(5), "Specifiers": a single percent sign begins a specifier.
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

  # The program of a command line. systemd does not expand variables in it, and accepts neither quotes nor backslashes
  # (src/core/load-fragment.c, config_parse_exec). So only the syntax of the line itself needs escapes.
  isProgram = text: match "/.*" text != null && match ".*[\"'\\].*" text == null && !hasControlCharacter text;
  program =
    text:
    if !isProgram text then
      throw "systemd does not accept quotes, backslashes or control characters in the path of a program: ${builtins.toJSON text}"
    else if match "[A-Za-z0-9_./:@=+,-]+" text != null then
      text
    else
      "\"${specifiers text}\"";

  # One path in a list of paths, such as RequiresMountsFor=: quotes, backslashes and specifiers, but no variables.
  path =
    text:
    if match "[A-Za-z0-9_./:@=+,-]+" text != null then
      text
    else
      "\"${replaceStrings [ "\\" "\"" "%" ] [ "\\\\" "\\\"" "%%" ] (line "A path" text)}\"";

  # A path in Bind= of systemd.nspawn(5): between colons, with backslash escapes, without quotes and specifiers.
  bindPath = text: replaceStrings [ "\\" ":" ] [ "\\\\" "\\:" ] (line "A bind mount's path" text);

  # Splits a value of Bind= into its parts, and removes the escapes.
  splitBind =
    text:
    let
      # Escaped characters and separators, in their order.
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

  # One word in a shell script.
  shell = text: "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";

  # Absolute, without `..`, and without characters that a line of a file cannot contain or preserve.
  isPlainPath =
    text:
    builtins.substring 0 1 text == "/"
    && !hasControlCharacter text
    && match ".*[ ]" text == null
    && filter (part: part == "..") (filter isString (split "/" text)) == [ ];
}
