import { sveltekit } from '@sveltejs/kit/vite'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vitest/config'
import { compactTexts } from './src/vite/compact-texts.ts'
import { pageChunks } from './src/vite/page-chunks.ts'
import { staticIcons } from './src/vite/static-icons.ts'

export default defineConfig({
  plugins: [tailwindcss(), staticIcons(), compactTexts(), sveltekit(), pageChunks()],
  server: { port: Number(process.env['PORT'] ?? 3000) },
  test: {
    expect: { requireAssertions: true },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.ts', 'supabase/**/*.test.ts'],
          // When one is ended as stuck: no test says how fast anything is.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          environment: 'node',
          include: ['tests/integration/**/*.test.ts'],
          globalSetup: ['tests/support/integration-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
