// Finishes the declarations that tsc has written: removes those that cannot be imported, and restores the comments of
// fields.
import { readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * For a zod schema, tsc writes the inferred type without the comments of the schema's fields. This function reads these
 * comments from the sources, and writes them before the corresponding fields of the type.
 */
export async function describeDeclarations(root, modules) {
  const published = join(root, 'dist/types/src');
  const options = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
  };
  const declared = ts.createProgram(
    modules.map((module) => join(published, `${module}.d.ts`)),
    options,
  );
  const reached = declared.getSourceFiles().filter(({ fileName }) => fileName.startsWith(`${published}/`));
  const sources = ts.createProgram(
    modules.map((module) => join(root, 'src', `${module}.ts`)),
    options,
  );
  const checker = sources.getTypeChecker();
  for (const file of reached) {
    const source = sources.getSourceFile(
      file.fileName.replace(published, join(root, 'src')).replace(/\.d\.ts$/, '.ts'),
    );
    await writeFile(file.fileName, withComments(file, commentsOf(file, source, checker)));
  }
  await removeOthers(published, new Set(reached.map(({ fileName }) => fileName)));
}

/** The comments that a file lacks, each with the position before which to insert it. */
function commentsOf(file, source, checker) {
  const comments = [];
  const describe = (node, type) => {
    if (type === undefined) return;
    if (ts.isTypeLiteralNode(node)) {
      for (const member of node.members) {
        const property =
          member.name && checker.getPropertyOfType(type, member.name.getText(file).replaceAll(/['"]/g, ''));
        if (property === undefined || member.type === undefined) continue;
        const text = ts.displayPartsToString(property.getDocumentationComment(checker));
        if (text !== '' && ts.getJSDocCommentsAndTags(member).length === 0)
          comments.push({ position: member.getStart(file), text });
        describe(member.type, checker.getTypeOfSymbol(property));
      }
      return;
    }
    const inner = ts.isTypeReferenceNode(node)
      ? node.typeArguments
      : ts.isTupleTypeNode(node)
        ? node.elements
        : [];
    const types =
      type.aliasTypeArguments ?? (type.flags & ts.TypeFlags.Object ? checker.getTypeArguments(type) : []);
    for (const [index, argument] of (inner ?? []).entries()) describe(argument, types[index]);
  };
  const types = new Map(
    variables(source).map(({ name }) => [name.getText(source), checker.getTypeAtLocation(name)]),
  );
  for (const { name, type } of variables(file))
    if (type !== undefined) describe(type, types.get(name.getText(file)));
  return comments;
}

const variables = (file) =>
  file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations]);

function withComments({ text }, comments) {
  return [...comments]
    .sort((a, b) => b.position - a.position)
    .reduce((before, { position, text: comment }) => {
      const indent = /[ \t]*$/.exec(before.slice(0, position))[0];
      const lines = comment.split('\n').join(`\n${indent} * `);
      return `${before.slice(0, position)}/** ${lines} */\n${indent}${before.slice(position)}`;
    }, text);
}

async function removeOthers(directory, wanted) {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  for (const entry of entries.filter((entry) => entry.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if (!wanted.has(path)) await rm(path);
  }
  const emptied = entries
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
  for (const path of emptied.sort((a, b) => b.length - a.length))
    if ((await readdir(path)).length === 0) await rmdir(path);
}
