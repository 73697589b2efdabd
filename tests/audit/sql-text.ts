/**
 * A rule for the static scan: a statement of SQL is not built of values. What stands between its words may be a constant (in
 * capitals), what a function makes of constants, the number of a bound value (`bind(…)`), or `conditions` joined of such.
 */

const STATEMENT = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|CREATE|ALTER|DROP|TRUNCATE)\b/
const CONSTANT = /^[A-Z][A-Z0-9_]*$/
const BOUND: ReadonlySet<string> = new Set(['bind', 'conditions'])

/** What the rule looks at of a node of the syntax tree (ESTree). */
interface SyntaxNode {
  type: string
  name?: string
  value?: unknown
  operator?: string
  left?: SyntaxNode
  right?: SyntaxNode
  callee?: SyntaxNode
  object?: SyntaxNode
  arguments?: readonly SyntaxNode[]
  expressions?: readonly SyntaxNode[]
  quasis?: readonly { value: { raw: string } }[]
}

interface RuleContext {
  report(fault: { node: SyntaxNode; message: string }): void
}

const isLiteral = ({ type }: SyntaxNode): boolean => type === 'Literal'

/** The name at the left end of a chain of calls and members. */
function rootOf({ name, callee, object }: SyntaxNode): string {
  const inner = callee ?? object
  return inner === undefined ? (name ?? '') : rootOf(inner)
}

function isHarmless(node: SyntaxNode): boolean {
  const root = rootOf(node)
  if (CONSTANT.test(root) || BOUND.has(root) || isLiteral(node)) return true
  return node.type === 'CallExpression' && (node.arguments ?? []).every(isLiteral)
}

const noTextFromValues = {
  create(context: RuleContext) {
    const check = (node: SyntaxNode, text: unknown, parts: readonly SyntaxNode[]): void => {
      if (!STATEMENT.test(String(text)) || parts.every(isHarmless)) return
      context.report({ node, message: 'SQL is built of a value: bind it ($1) instead.' })
    }
    return {
      TemplateLiteral: (node: SyntaxNode) => check(node, node.quasis?.[0]?.value.raw, node.expressions ?? []),
      BinaryExpression: (node: SyntaxNode) => {
        if (node.operator === '+' && node.right !== undefined) check(node, node.left?.value, [node.right])
      },
    }
  },
}

// The linter asks for a default export.
export default { meta: { name: 'sql' }, rules: { 'no-text-from-values': noTextFromValues } }
