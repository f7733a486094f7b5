import js from '@eslint/js'
import importX from 'eslint-plugin-import-x'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

/**
 * The import directions of ARCHITECTURE.md. Each zone says: files below `target` may not import files below `from`.
 * A new folder that should obey a direction is added here, not remembered.
 */
const features = [
  'inbox',
  'contacts',
  'duplicates',
  'imports',
  'leads',
  'merges',
  'notifications',
  'search',
  'summaries',
  'settings',
]

const zones = [
  {
    target: './src/lib/domain',
    from: './src',
    except: ['./lib/domain'],
    message: 'domain/ is rules only: it imports nothing else of ours.',
  },
  {
    target: './src/lib/server',
    from: './src',
    except: ['./lib/server', './lib/domain', './lib/i18n'],
    message: 'server/ may use domain/, texts and itself.',
  },
  ...['database', 'kapso', 'queue', 'ingest', 'outbox', 'language-model', 'media', 'secrets', 'session'].map(
    (folder) => ({
      target: `./src/lib/server/${folder}`,
      from: './src/lib/server/jobs',
      message: 'jobs/ uses the others; nothing of them uses jobs/.',
    }),
  ),
  {
    target: './src/lib/realtime',
    from: './src',
    except: ['./lib/realtime', './lib/domain'],
    message: 'realtime/ is the browser client: it may use domain/ only.',
  },
  {
    target: './src/lib/ui',
    from: './src',
    except: ['./lib/ui', './lib/realtime', './lib/domain', './lib/i18n'],
    message: 'ui/ never imports server/ or routes.',
  },
  {
    target: './src/lib/ui/shared',
    from: './src/lib',
    except: ['./ui/shared', './i18n', './domain/shortcuts.ts'],
    message: 'ui/shared imports nothing of ours but texts and the names of keys.',
  },
  ...features.map((feature) => ({
    target: `./src/lib/ui/${feature}`,
    from: './src/lib/ui',
    except: [`./${feature}`, './shared'],
    message: 'Features do not import each other; what two of them need belongs in ui/shared.',
  })),
  {
    target: './src/simulator',
    from: './src',
    except: ['./simulator'],
    message: 'The simulator plays Kapso over HTTP and shares no code with the product.',
  },
  {
    target: './src/simulator',
    from: './supabase',
    message: 'The simulator knows nothing of the product.',
  },
  {
    target: './src/lib',
    from: './tests',
    message: 'Product code never imports tests.',
  },
  {
    target: './src/lib',
    from: './src/simulator',
    message: 'Product code never imports the simulator.',
  },
  {
    target: ['./src/routes', './src/hooks.server.ts', './src/server.ts', './src/worker.ts', './src/cli.ts'],
    from: ['./src/simulator', './tests', './supabase/embedded', './src/launcher'],
    message: 'Product code knows neither the simulator nor the embedded platform.',
  },
]

export default ts.config(
  {
    ignores: [
      'src/lib/i18n/generated',
      'node_modules',
      '.svelte-kit',
      'build',
      '.embedded',
      'playwright-report',
      'test-results',
    ],
  },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  importX.flatConfigs.typescript,
  {
    plugins: { 'import-x': importX },
    languageOptions: { globals: { ...globals.node } },
    settings: {
      'import-x/resolver-next': [
        importX.createNodeResolver({
          extensions: ['.ts', '.js', '.svelte'],
          conditionNames: ['svelte', 'import', 'node', 'default'],
        }),
      ],
    },
    rules: {
      'no-undef': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-self-import': 'error',
      'import-x/no-default-export': 'error',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  {
    // What the worker and the command line load runs in plain Node, without SvelteKit.
    files: ['src/lib/domain/**', 'src/lib/server/**', 'src/worker.ts', 'src/cli.ts', 'src/server.ts'],
    // Sign-in as SvelteKit's requests see it; nobody else's.
    ignores: ['src/lib/server/session/{event,guards}.ts', 'src/lib/server/session/handles/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ group: ['$app/*', '$env/*', '@sveltejs/kit'], message: 'Worker code is plain Node.' }],
        },
      ],
    },
  },
  {
    // The supervisor, the command line, the benchmarks and the embedded stack talk to a terminal.
    files: ['src/launcher/**', 'src/cli.ts', 'supabase/**', 'tests/**', 'src/simulator/main.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // SvelteKit, Vite, Playwright and Svelte ask for default exports in these files.
    files: [
      '*.config.{js,ts}',
      '**/*.svelte',
      '**/*.svelte.ts',
      'tests/support/*-setup.ts',
      'tests/e2e/global-*.ts',
    ],
    rules: { 'import-x/no-default-export': 'off' },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
    rules: { 'svelte/no-navigation-without-resolve': 'off' },
  },
)
