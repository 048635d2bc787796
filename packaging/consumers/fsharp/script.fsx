// Run with: dotnet fsi script.fsx
#r "nuget: ConvNet, VERSION"

open System
open ConvNet

let image = new Blob<float32>(Shape(ReadOnlySpan [| 1L; 1L; 4L; 4L |]))
let sums = new Blob<float32>(Shape(ReadOnlySpan [| 1L |]))
let options = ConvolutionOptions(NumOutput = 1, Kernel = PerAxis(ReadOnlySpan [| 3L |]), Pad = PerAxis(ReadOnlySpan [| 1L |]), BiasTerm = false)
let layer = new Convolution<float32>(options)
image.Fill 1f
layer.Reshape image.Shape
layer.Weights.Fill 1f
layer.Forward(image, sums)

let found = sums.Data.ToArray() |> Array.map int
printfn "F# %A" (found |> Array.take 4)
exit (if found = [| 4; 6; 6; 4; 6; 9; 9; 6; 6; 9; 9; 6; 4; 6; 6; 4 |] then 0 else 1)
