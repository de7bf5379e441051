"""The toy lion: the procedural character that the default model is fitted to.

- `parameters` says what can vary, and how a latent z becomes parameters;
- `shapes` and `geometry` are the lion as signed distances, `renderer` draws it;
- `landmarks` says where nose, chin, lips, eyes, ears and mane are in the picture, exactly, and
  whether they are seen; `outlines` where lids and cheeks end;
- `recipe` makes a model of it: `pictures` renders, `fit` fits a generator in stages, `held_out`
  judges it by group of parameters, `export` writes the file.

All of it needs the extra `recipe` (numba). From the command line: `draggan recipe toy-lion`.

To fit a character of your own, write a class with what `character.Character` asks for: a name, a
table of parameters with their groups, and functions from z to parameters, from parameters to
pictures and from parameters to landmarks; `character.ToyLion` is the example. Nothing else here
knows that it is a lion:

    Recipe(MyCharacter(), Path("out"), FitConfig(minutes=140), watcher, pictures=20_480).run()

z is normal and only its direction may count, since the mapping network sees no more of it.
Landmarks may be none; where there are some, `care` says which deserve more of the fit's attention.
The renderer must be fast (20 ms for 64 x 64 pixels gives 20,000 pictures in four minutes on two
cores) and should let go of the interpreter lock, as functions compiled with `nogil` do.
"""
