import { describe, expect, it } from 'vitest'
import { startTestApp } from '../testing/app.ts'
import { call } from '../testing/http.ts'

describe('the service itself', () => {
  it('answers documents, health and metrics without a key', async () => {
    const app = await startTestApp()
    const { port } = app
    const paths = [
      '/openapi.json',
      '/docs',
      '/docs/start.js',
      '/docs/swagger-ui.css',
      '/docs/swagger-ui-bundle.js',
    ]
    for (const path of [...paths, '/health/live', '/health/ready', '/metrics', '/errors']) {
      const answer = await call({ port, method: 'GET', path })
      expect([path, answer.status]).toEqual([path, 200])
    }
    const page = await call({ port, method: 'GET', path: '/docs' })
    expect(page.headers['content-security-policy']).toContain("script-src 'self'")
    expect(page.text).not.toMatch(/<script>|https?:/)
    const metrics = await call({ port, method: 'GET', path: '/metrics' })
    expect(metrics.text).toMatch(
      /stakestream_http_request_duration_seconds_count\{method="GET",route="\/openapi.json",status="200"\} 1/,
    )
    await app.close()
  })

  it('answers HEAD as GET without a body', async () => {
    const app = await startTestApp()
    const answer = await call({ port: app.port, method: 'HEAD', path: '/health/live' })
    expect([answer.status, answer.text]).toEqual([200, ''])
    await app.close()
  })
})
