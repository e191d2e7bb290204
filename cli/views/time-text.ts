const SECOND = 1000;
const UNITS = [
  { name: 'day', length: 24 * 60 * 60 * SECOND },
  { name: 'h', length: 60 * 60 * SECOND },
  { name: 'min', length: 60 * SECOND },
  { name: 's', length: SECOND },
] as const;

/** The host's local time, to the minute. */
export function localTime(date: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** How long ago something was, in the largest whole unit: `2 min ago`. */
export function ago(date: Date, now = new Date()): string {
  const passed = now.getTime() - date.getTime();
  const unit = UNITS.find(({ length }) => passed >= length);
  if (unit === undefined) return 'just now';
  const count = Math.floor(passed / unit.length);
  return `${count} ${unit.name}${unit.name === 'day' && count > 1 ? 's' : ''} ago`;
}

/** Formats an ISO 8601 time as `2026-01-02 03:04 (2 min ago)`. */
export const timeText = (iso: string, now = new Date()) =>
  `${localTime(new Date(iso))} (${ago(new Date(iso), now)})`;
