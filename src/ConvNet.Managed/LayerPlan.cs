namespace ConvNet;

/// <summary>Which engine and algorithms a convolution or deconvolution uses.</summary>
/// <param name="Engine">The engine that computes; never <see cref="Engine.Auto"/>.</param>
/// <param name="EngineName">Its name.</param>
/// <param name="Forward">Algorithm of the forward pass.</param>
/// <param name="BackwardData">Algorithm of the gradient of the bottom.</param>
/// <param name="BackwardFilter">Algorithm of the gradient of the weights.</param>
/// <param name="WorkspaceBytes">Workspace in bytes that the largest of the passes takes from the device's pool.</param>
public readonly record struct LayerPlan(
    Engine Engine,
    string EngineName,
    string Forward,
    string BackwardData,
    string BackwardFilter,
    long WorkspaceBytes);
