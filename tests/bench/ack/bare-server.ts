import { createServer } from 'node:http'
import pg from 'pg'

/**
 * The bare bar: what a webhook receiver costs that checks nothing. Raw node:http, a pool of 16, one insert of the raw
 * body, 200. Prints its port.
 */
const pool = new pg.Pool({ connectionString: process.env['BENCH_DATABASE_URL'], max: 16 })
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    pool
      .query({
        name: 'bare',
        text: 'insert into bench_bare (body) values ($1)',
        values: [Buffer.concat(chunks)],
      })
      .then(() => response.writeHead(200).end('ok'))
      .catch(() => response.writeHead(503).end())
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(typeof address === 'object' && address !== null ? address.port : 0)
})
