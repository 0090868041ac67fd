// The tree of organisations as far as it has been asked for. What is not loaded yet has no
// children here.
import type {Schemas} from '../../api/client';

type Org = Schemas['Org'];

export type Node = {key: string; org: Org; isLeaf: boolean; children?: Node[]};

export function nodeOf(org: Org): Node {
  return {key: org.orgCode, isLeaf: !org.hasChildren, org};
}

/** These organisations as one level. What was loaded below them before stays. */
function level(orgs: Org[], before: Node[] | undefined): Node[] {
  return orgs.map((org) => {
    const children = org.hasChildren ? before?.find((n) => n.key === org.orgCode)?.children : undefined;
    return children ? {...nodeOf(org), children} : nodeOf(org);
  });
}

/** The tree with these organisations directly below parent, or at its top. */
export function grown(nodes: Node[], parent: string | undefined, orgs: Org[]): Node[] {
  if (parent === undefined) return level(orgs, nodes);
  return nodes.map((n) => {
    if (n.key === parent) return {...n, children: level(orgs, n.children), isLeaf: orgs.length === 0};
    return n.children ? {...n, children: grown(n.children, parent, orgs)} : n;
  });
}

/** The organisations from a top down to the one of this code; none if it is not loaded. */
export function pathTo(nodes: Node[], code: string): Org[] {
  for (const n of nodes) {
    if (n.key === code) return [n.org];
    const below = pathTo(n.children ?? [], code);
    if (below.length > 0) return [n.org, ...below];
  }
  return [];
}

/** Whether the level below parent has been loaded. */
export function isLoaded(nodes: Node[], parent: string): boolean {
  return nodes.some((n) => (n.key === parent ? n.children !== undefined : isLoaded(n.children ?? [], parent)));
}
