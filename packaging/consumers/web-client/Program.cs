// Posts pictures to the service whose address is given, 32 at a time, and compares what comes back with its own sums.
using System.Globalization;
using System.Text;

const int callers = 32, picturesEach = 8;
using HttpClient client = new() { BaseAddress = new Uri(args[0]), Timeout = TimeSpan.FromMinutes(1) };
for (int tries = 0; !await IsReady(); tries++)
{
    if (tries == 100)
    {
        Console.WriteLine("the service does not answer");
        return 1;
    }

    await Task.Delay(100);
}

int[] wrong = await Task.WhenAll(Enumerable.Range(0, callers).Select(Call));
using HttpResponseMessage refusal = await client.PostAsync("double", new ByteArrayContent("not a picture"u8.ToArray()));
bool refused = (int)refusal.StatusCode == 400;
Console.WriteLine($"{callers * picturesEach} pictures doubled for {callers} callers at once, {wrong.Sum()} of them wrongly; " +
    $"what is no picture is {(refused ? "refused" : "NOT refused")}");
return wrong.Sum() == 0 && refused ? 0 : 1;

async Task<bool> IsReady()
{
    try
    {
        return await client.GetStringAsync("") == "ready";
    }
    catch (HttpRequestException)
    {
        return false;
    }
}

// Each caller's pictures differ in size and content, so that one caller's answer would be wrong for any other.
async Task<int> Call(int caller)
{
    int wrong = 0;
    for (int number = 0; number < picturesEach; number++)
    {
        int width = 17 + caller, height = 23 + number;
        byte[] pixels = new byte[3 * width * height];
        new Random((caller * picturesEach) + number).NextBytes(pixels);
        using HttpResponseMessage answer = await client.PostAsync("double", new ByteArrayContent(File(width, height, pixels)));
        byte[] found = await answer.Content.ReadAsByteArrayAsync();
        wrong += found.AsSpan().SequenceEqual(File(2 * width, 2 * height, Double(pixels, width, height))) ? 0 : 1;
    }

    return wrong;
}

static byte[] File(int width, int height, byte[] pixels) =>
    [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"P6\n{width} {height}\n255\n")), .. pixels];

// A new pixel lies a quarter of the way between two old ones, in either direction; outside is black.
static byte[] Double(byte[] pixels, int width, int height)
{
    byte[] result = new byte[4 * pixels.Length];
    for (int y = 0; y < 2 * height; y++)
    {
        for (int x = 0; x < 2 * width; x++)
        {
            int nearY = y / 2, nearX = x / 2, farY = nearY + (y % 2 == 0 ? -1 : 1), farX = nearX + (x % 2 == 0 ? -1 : 1);
            for (int c = 0; c < 3; c++)
            {
                int sum = (9 * At(nearY, nearX, c)) + (3 * At(nearY, farX, c)) + (3 * At(farY, nearX, c)) + At(farY, farX, c);
                result[(((y * 2 * width) + x) * 3) + c] = (byte)MathF.Round(sum / 16f);
            }
        }
    }

    return result;

    int At(int y, int x, int c) => y < 0 || y >= height || x < 0 || x >= width ? 0 : pixels[(((y * width) + x) * 3) + c];
}
