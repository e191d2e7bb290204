/** How to bring a container to a new configuration; see container/activation. */
export const strategies = ['none', 'reload', 'restart', 'dynamic'] as const;

export type Strategy = (typeof strategies)[number];
