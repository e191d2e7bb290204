export const quote = (text: string) => `'${text}'`;

export const list = (names: readonly string[]) => names.join(', ');

export const kib = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`;

export const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
