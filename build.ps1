#!/usr/bin/env pwsh
# The same words as build.sh, for Windows. On Linux it hands over to build.sh.
#
# On Windows: the .NET SDK 10, CMake, Ninja, and GCC 12 or newer of MinGW-w64 with POSIX threads, all on the path. Visual
# C++ and clang-cl cannot compile the kernels, which are written in GCC's vector extensions.
# GoogleTest is looked for with CMake's find_package; GTEST_ROOT says where it is.

# Words and options come as they are typed: ./build.ps1 bench --quick
$Word, $Rest = if ($args) { $args } else { 'help' }
$Rest = @($Rest | Where-Object { $_ })

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot

if ($PSVersionTable.PSEdition -eq 'Core' -and -not $IsWindows) {
    & bash ./build.sh $Word @Rest
    exit $LASTEXITCODE
}

$Results = Join-Path $PSScriptRoot 'artifacts/test-results'

function Invoke-Tool([string] $Command, [string[]] $Arguments) {
    if (-not (Get-Command $Command -ErrorAction SilentlyContinue)) {
        throw "$Command is missing: see the comment at the top of build.ps1"
    }
    & $Command @Arguments
    if ($LASTEXITCODE) { throw "$Command failed with exit code $LASTEXITCODE" }
}

function Build-All {
    Invoke-Tool cmake @('--preset', 'release', '-DCMAKE_C_COMPILER=gcc', '-DCMAKE_CXX_COMPILER=g++')
    Invoke-Tool cmake @('--build', 'artifacts/cmake/release')
    Invoke-Tool dotnet @('build', 'ConvNet.sln', '--configuration', 'Release')
}

function Invoke-Program([string] $Project) {
    Build-All
    Invoke-Tool dotnet (@('run', '--no-build', '--configuration', 'Release', '--project', $Project, '--') + $Rest)
}

function Test-All {
    Build-All
    Remove-Item $Results -Recurse -Force -ErrorAction SilentlyContinue
    $broken = 0
    $env:GTEST_OUTPUT = "xml:$Results/native/"
    try { Invoke-Tool ctest @('--test-dir', 'artifacts/cmake/release', '--output-on-failure') } catch { $broken = 1 }
    foreach ($project in Get-ChildItem tests/*/*.csproj) {
        $arguments = @('test', $project.FullName, '--no-build', '--configuration', 'Release',
            '--results-directory', "$Results/managed", '--logger', "trx;LogFileName=$($project.BaseName).trx")
        try { Invoke-Tool dotnet $arguments } catch { $broken = 1 }
    }
    Write-Summary $broken
}

function Write-Summary([int] $Broken) {
    $passed = 0
    $failed = 0
    foreach ($file in Get-ChildItem "$Results/native/*.xml" -ErrorAction SilentlyContinue) {
        $suites = ([xml](Get-Content $file -Raw)).testsuites
        $run = @($suites.SelectNodes('//testcase[@result="completed"]')).Count
        $failed += [int] $suites.failures
        $passed += $run - [int] $suites.failures
    }
    foreach ($file in Get-ChildItem "$Results/managed/*.trx" -ErrorAction SilentlyContinue) {
        $counters = ([xml](Get-Content $file -Raw)).TestRun.ResultSummary.Counters
        $passed += [int] $counters.passed
        $failed += [int] $counters.failed + [int] $counters.error + [int] $counters.timeout + [int] $counters.aborted
    }
    if (($Broken -or $passed -eq 0) -and $failed -eq 0) { $failed = 1 }
    Write-Output "$passed passed, $failed failed"
    if ($failed) { exit 1 }
}

function Format-All {
    $check = $Rest -contains '--check'
    $sources = Get-ChildItem native, tests, bench, samples -Recurse -Include *.h, *.hpp, *.c, *.cpp, *.cu
    [string[]] $mode = if ($check) { @('--dry-run', '--Werror') } else { @('-i') }
    Invoke-Tool clang-format ($mode + $sources.FullName)
    [string[]] $verify = if ($check) { @('--verify-no-changes') } else { @() }
    Invoke-Tool dotnet (@('format', 'ConvNet.sln', '--exclude', 'bindings/generated', '--exclude-diagnostics', 'RS0016', 'RS0017') + $verify)
}

function New-Documentation {
    Invoke-Tool dotnet @('run', '--configuration', 'Release', '--project', 'docs/ConvNet.Docs', '--', 'artifacts/docs')
}

switch ($Word) {
    'build' { Build-All }
    'test' { Test-All }
    'demo' { Invoke-Program 'samples/Demo' }
    'bench' { Invoke-Program 'bench/ConvNet.Bench' }
    'docs' { New-Documentation }
    'cuda' { throw 'the CUDA plug-in is built on Linux only; in WSL run: ./build.sh cuda' }
    { $_ -in 'pack', 'cross', 'consumers' } {
        throw "packages for every platform are made on Linux; in WSL run: ./build.sh $Word $Rest".TrimEnd()
    }
    'format' { Format-All }
    'clean' { Remove-Item artifacts -Recurse -Force -ErrorAction SilentlyContinue }
    'help' { 'build.ps1 build | test | demo | bench cpu | docs | format [--check] | clean; see docs/building.md' }
    default { throw "unknown word: $Word; ./build.ps1 help lists them" }
}
