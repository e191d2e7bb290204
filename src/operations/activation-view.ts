import * as z from 'zod';
import type { Activation } from '../container/activation.js';

const action = z.enum(['none', 'reload', 'restart', 'start']);

/** How a change was brought to the container. */
export const activationViewSchema = z.object({
  /** What was done to the container: nothing, a reload of its service, a restart, or a start. */
  activation: action,
  /** Why that was done, a sentence or part of a sentence each. */
  reasons: z.array(z.string()),
  /** Running containers that require it, and were restarted with it. */
  dependents: z.array(z.string()),
});

/** How a change would be brought to the container. */
export const plannedActivationSchema = z.object({
  /** What would be done to the container: nothing, a reload of its service, a restart, or a start. */
  activation: action,
  /** Why that would be done, a sentence or part of a sentence each. */
  reasons: z.array(z.string()),
  /** Running containers that require it, and would be restarted with it. */
  dependents: z.array(z.string()),
});

/** @param activation null if nothing has to be done because nothing changed */
export const activationView = (activation: Activation | null): z.infer<typeof activationViewSchema> => ({
  activation: activation?.action ?? 'none',
  reasons: activation?.reasons ?? ['nothing changed'],
  dependents: [...(activation?.dependents ?? [])],
});
