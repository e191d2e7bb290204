import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const chapter = (text, items) => ({ text, items: items.filter(({ link }) => existsSync(page(link))) });
const page = (link) => fileURLToPath(new URL(`..${link}.md`, import.meta.url));

/**
 * The copy button copies only the commands of a console block, without their prompts and their output. The theme does not
 * copy elements of the class vp-copy-ignore.
 */
const copiesCommands = {
  name: 'copies-commands',
  // Run after the theme's own transformers, which need the unchanged lines.
  pre(node) {
    if (this.options.lang !== 'console') return;
    for (const line of node.children.flatMap(({ children = [] }) => children)) {
      if (line.type !== 'element') continue;
      const text = textOf(line);
      const prompt = /^[#$] /.exec(text)?.[0];
      line.children = prompt
        ? [ignored([{ type: 'text', value: prompt }]), { type: 'text', value: text.slice(prompt.length) }]
        : [ignored(line.children)];
    }
  },
};
const textOf = (node) => node.value ?? node.children.map(textOf).join('');
const ignored = (children) => ({
  type: 'element',
  tagName: 'span',
  properties: { class: 'vp-copy-ignore' },
  children,
});

export default defineConfig({
  markdown: { codeTransformers: [copiesCommands] },
  title: 'nixos-nspawn',
  description: 'NixOS containers on systemd-nspawn: every change is atomic',
  srcExclude: ['README.md', 'examples/**', 'performance/**'],
  themeConfig: {
    search: { provider: 'local' },
    sidebar: [
      chapter('Getting started', [
        { text: 'Quick start', link: '/quick-start' },
        { text: 'Installation', link: '/installation' },
      ]),
      chapter('Containers', [
        { text: 'Everyday use', link: '/everyday' },
        { text: 'Imperative', link: '/imperative' },
        { text: 'Updates and generations', link: '/updates' },
        { text: 'Declarative', link: '/declarative' },
        { text: 'Networking', link: '/networking' },
        { text: 'More than one host', link: '/remote' },
        { text: 'Secrets', link: '/secrets' },
        { text: 'Migration', link: '/migration' },
        { text: 'Plugins', link: '/plugins' },
      ]),
      chapter('Reference', [
        { text: 'Commands', link: '/cli' },
        { text: 'Options', link: '/options' },
        { text: 'Presets', link: '/presets' },
        { text: 'When a plugin misbehaves', link: '/plugin-events' },
        { text: 'Doctor', link: '/doctor' },
        { text: 'Exit codes and JSON', link: '/json' },
        { text: 'data.json', link: '/data-json' },
        { text: 'Library', link: '/library' },
        { text: 'Troubleshooting', link: '/troubleshooting' },
      ]),
      chapter('Internals', [
        { text: 'Architecture', link: '/architecture' },
        { text: 'Security model', link: '/security' },
        { text: 'Effects of failures', link: '/failure-matrix' },
        { text: 'Power loss', link: '/power-loss' },
        { text: 'Units: differences', link: '/nix-differences' },
        { text: 'Performance', link: '/performance' },
      ]),
    ],
  },
});
