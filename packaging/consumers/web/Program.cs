// POST /double with a picture (image/x-portable-pixmap) answers with the picture twice as wide and high.
using System.Collections.Concurrent;
using ConvNet;
using WebDoubler;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
WebApplication app = builder.Build();

// The weights never change, so each layer that was made is kept for whoever comes next. A layer serves one request at
// a time; all of them share one device with its threads and memory.
using Device device = Device.CreateCpu();
ConcurrentBag<Doubler> doublers = [];

app.MapGet("/", () => "ready");
app.MapPost("/double", async (HttpRequest request) =>
{
    using MemoryStream body = new();
    await request.Body.CopyToAsync(body);
    if (!Pixmap.TryParse(body.ToArray(), out Pixmap? picture))
    {
        return Results.BadRequest("a binary pixmap (P6) of 8 bits per channel is expected");
    }

    if (!doublers.TryTake(out Doubler? doubler))
    {
        doubler = new Doubler(device);
    }

    Pixmap doubled = doubler.Double(picture);
    doublers.Add(doubler);
    return Results.Bytes(doubled.ToBytes(), "image/x-portable-pixmap");
});
app.Run();
foreach (Doubler doubler in doublers)
{
    doubler.Dispose();
}
