import type { Presets } from 'nixos-nspawn/plugin';

/** getent(1): no entry of that name. */
const NO_SUCH_ENTRY = 2;

export default (({ z, preset, file }) => [
  preset({
    name: 'owner',
    summary: 'The owner of the container',
    parameters: z.object({
      owner: z.string().min(1).describe('A user of the host'),
      contact: z.email().optional().describe('E-mail address of the owner'),
    }),
    positional: 'owner',
    example: 'owner:alice,contact=alice@example.org',
    brings: ['nixosContainer.plugins.inventory', 'an entry in /var/lib/nixos-nspawn-inventory'],
    apply: async ({ owner, contact }, context) => {
      const { exitCode } = await context.exec(['getent', 'passwd', owner], {
        acceptCodes: [0, NO_SUCH_ENTRY],
      });
      if (exitCode === NO_SUCH_ENTRY)
        context.refuse(`There is no user '${owner}' on this host.`, ['Choose an existing user.']);
      const parameters = contact === undefined ? { owner } : { owner, contact };
      return { modules: [{ module: file('nix/owner.nix'), parameters }] };
    },
  }),
]) satisfies Presets;
