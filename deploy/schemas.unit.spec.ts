import { describe, expect, test } from 'vitest'
import { crdSchemas, kubernetesSchemas, strict } from './schemas.ts'

describe('a strict schema', () => {
  test('knows no keys but its own, at any depth', () => {
    const inner = { type: 'object', properties: { a: { type: 'string' } } }
    expect(strict({ type: 'object', properties: { list: { type: 'array', items: inner } } })).toEqual({
      type: 'object',
      additionalProperties: false,
      properties: { list: { type: 'array', items: { ...inner, additionalProperties: false } } },
    })
  })

  test.each([
    { type: 'object', additionalProperties: { type: 'string' } },
    { type: 'object' },
    { type: 'object', properties: { a: {} }, 'x-kubernetes-preserve-unknown-fields': true },
  ])('leaves open what is open: %j', (schema) => {
    expect(strict(schema)).toEqual(schema)
  })

  test('takes a property named description, or properties, for what it is', () => {
    const schema = {
      type: 'object',
      description: 'a text',
      properties: { description: { type: 'string' }, properties: { type: 'object' } },
    }
    const { description: _, ...expected } = schema
    expect(strict(schema)).toEqual({ ...expected, additionalProperties: false })
  })
})

test('of the OpenAPI document, each resource has a file of what it hangs on', () => {
  const own = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } }
  const gvk = (kind: string) => [{ group: 'networking.k8s.io', version: 'v1', kind }]
  const schemas = kubernetesSchemas({
    definitions: {
      'a.Policy': {
        type: 'object',
        properties: { ...own, spec: { $ref: '#/definitions/a.Spec' } },
        'x-kubernetes-group-version-kind': gvk('NetworkPolicy'),
      },
      'a.Spec': {
        type: 'object',
        properties: {
          port: { $ref: '#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString' },
          again: { $ref: '#/definitions/a.Spec' },
        },
      },
      'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: 'string' },
      'a.Other': { type: 'object' },
      'a.Part': { type: 'object', 'x-kubernetes-group-version-kind': gvk('Part') },
    },
  })
  expect([...schemas.keys()]).toEqual(['networkpolicy-networking-v1.json'])
  expect(schemas.get('networkpolicy-networking-v1.json')).toMatchObject({
    $ref: '#/definitions/a.Policy',
    definitions: {
      'a.Spec': { additionalProperties: false },
      'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { anyOf: [{ type: 'string' }, { type: 'number' }] },
    },
  })
})

test('of a CRD, each version has a file', () => {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } }
  const schemas = crdSchemas({
    spec: { group: 'keda.sh', names: { kind: 'ScaledObject' }, versions: [{ name: 'v1alpha1', schema }] },
  })
  expect([...schemas]).toEqual([
    ['scaledobject-keda-v1alpha1.json', { ...schema.openAPIV3Schema, additionalProperties: false }],
  ])
})
