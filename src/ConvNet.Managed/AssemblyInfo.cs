using System.Runtime.CompilerServices;

// Every signature of the bindings is blittable as it is written; no hidden conversions, and what the trimmer sees is all.
[assembly: DisableRuntimeMarshalling]
[assembly: CLSCompliant(false)]
