using Spectre.Console;

namespace ConvNet.Bench;

/// <summary>The results on a terminal.</summary>
internal static class ConsoleReport
{
    public static void Print(Results results)
    {
        Table table = new Table().SimpleBorder();
        foreach ((string header, bool isNumber) in ResultTable.Headers(results))
        {
            // Numbers are narrow: only their headers may break, and only between words.
            bool mayBreak = isNumber && header.Contains(' ', StringComparison.Ordinal);
            TableColumn column = new(header.EscapeMarkup()) { NoWrap = !mayBreak };
            table.AddColumn(isNumber ? column.RightAligned() : column);
        }

        foreach (Row row in results.Rows)
        {
            table.AddRow([.. ResultTable.Cells(row, results).Select(Markup.Escape)]);
        }

        // Where there is no terminal there is no width to fit either.
        const int fullWidth = 220;
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, Console.IsOutputRedirected ? fullWidth : 0);
        AnsiConsole.Write(table);
        Console.WriteLine(results.Machine);
        Console.WriteLine($"unmeasured: {string.Join("; ", results.Unmeasured)}");
        Console.WriteLine($"waited in vain for idle threads: {results.TimesNotIdle} times");
        Console.WriteLine();
        foreach (Gate gate in Gates.Of(results))
        {
            Console.WriteLine(gate);
        }
    }
}
