"""Names by which published attacks make `pickle` run something or reach it.

From the papers, tools and test files of pickle scanners: each is a way to a shell, to an
interpreter, to the file system, to the network, to native code, or to another unpickler.
"""

from __future__ import annotations

GADGETS = """
os.system os.popen os.execv os.execl os.execvp os.spawnlp os.spawnv os.posix_spawn os.fork os.kill
os.remove os.unlink os.rmdir os.removedirs os.rename os.putenv os.open os.startfile os.chmod
posix.system posix.popen posix.execve nt.system nt.startfile commands.getoutput
subprocess.Popen subprocess.call subprocess.run subprocess.check_call subprocess.check_output
subprocess.getoutput subprocess.getstatusoutput pty.spawn pexpect.spawn platform.popen
_posixsubprocess.fork_exec multiprocessing.util.spawnv_passfds
builtins.eval builtins.exec builtins.compile builtins.open builtins.__import__ builtins.getattr
builtins.setattr builtins.delattr builtins.globals builtins.locals builtins.vars builtins.dir
builtins.apply builtins.breakpoint builtins.input builtins.map builtins.filter builtins.type
builtins.print builtins.memoryview builtins.bytearray builtins.exit builtins.help
__builtin__.eval __builtin__.exec __builtin__.execfile __builtin__.file __builtin__.apply
__builtin__.__import__ __builtin__.getattr __builtin__.reload __builtin__.map
importlib.import_module importlib.__import__ importlib.reload importlib.machinery.SourceFileLoader
importlib.util.spec_from_file_location imp.load_source imp.load_dynamic zipimport.zipimporter
runpy.run_path runpy.run_module runpy._run_code pkgutil.resolve_name pydoc.locate pydoc.pipepager
code.InteractiveInterpreter code.InteractiveConsole code.interact codeop.compile_command
ast.literal_eval types.CodeType types.FunctionType types.LambdaType types.MethodType
new.code new.function inspect.getattr_static
functools.partial functools.reduce functools.cached_property operator.attrgetter
operator.methodcaller operator.itemgetter operator.call itertools.starmap itertools.accumulate
pickle.loads pickle.load pickle.Unpickler _pickle.loads _pickle.Unpickler cPickle.loads
cloudpickle.loads dill.loads dill._dill._create_function joblib.load jsonpickle.decode
shelve.open marshal.loads marshal.load copyreg.__newobj__ copyreg._reconstructor
copy_reg._reconstructor copyreg.add_extension yaml.load yaml.unsafe_load
torch.load torch.hub.load torch.hub.load_state_dict_from_url torch.jit.load torch.ops.load_library
torch.utils.cpp_extension.load_inline torch._dynamo.guards.GuardBuilder.get
torch.utils._config_module.load_config torch._inductor.codecache.compile_file
torch.utils.collect_env.run torch.distributed.rpc.server.rpc_sync torch.fx.graph_module._forward
torch.serialization.load torch.storage.TypedStorage torch._C._jit_get_operation
torch.nn.Module torch.nn.Linear torch._utils._rebuild_device_tensor_from_numpy
numpy.load numpy.save numpy.fromfile numpy.memmap numpy.testing._private.utils.runstring
numpy.f2py.capi_maps.getinit numpy.f2py.crackfortran.myeval numpy.f2py.crackfortran.getlincoef
numpy.ctypeslib.load_library numpy.distutils.exec_command.exec_command numpy.core.records.fromfile
pandas.read_pickle pandas.io.common.get_handle pandas.eval scipy.io.loadmat
tensorflow.keras.models.load_model keras.models.load_model tensorflow.io.read_file
sklearn.utils._joblib.load transformers.AutoModel.from_pretrained
socket.socket socket.create_connection socket.create_server ssl.SSLContext ftplib.FTP
http.client.HTTPConnection http.client.HTTPSConnection http.server.HTTPServer httplib.HTTPConnection
urllib.request.urlopen urllib.request.urlretrieve urllib2.urlopen urllib.urlopen requests.get
requests.api.post requests.sessions.Session aiohttp.client.ClientSession smtplib.SMTP
telnetlib.Telnet poplib.POP3 imaplib.IMAP4 xmlrpc.client.ServerProxy webbrowser.open
webbrowser.get antigravity.webbrowser paramiko.SSHClient
sys.exit sys.modules sys.setrecursionlimit sys.settrace sys.path.append signal.alarm
shutil.rmtree shutil.copy shutil.copyfile shutil.move shutil.make_archive shutil.unpack_archive
tempfile.NamedTemporaryFile tempfile.mktemp glob.glob io.open io.FileIO io.open_code _io.FileIO
codecs.open pathlib.Path.write_text pathlib.Path.unlink linecache.getline fileinput.input
zipfile.ZipFile tarfile.open gzip.open bz2.open lzma.open sqlite3.connect mmap.mmap
distutils.file_util.write_file distutils.file_util.copy_file distutils.dir_util.remove_tree
logging.config.listen logging.FileHandler logging.config.fileConfig configparser.ConfigParser
ctypes.CDLL ctypes.WinDLL ctypes.cdll.LoadLibrary ctypes.windll.kernel32 ctypes.pythonapi
ctypes.CFUNCTYPE ctypes.string_at cffi.FFI _ctypes.dlopen
threading.Thread _thread.start_new_thread concurrent.futures.ThreadPoolExecutor
multiprocessing.Process asyncio.create_subprocess_shell asyncio.run
asyncio.unix_events._UnixSubprocessTransport._start trace.Trace.run
timeit.timeit timeit.main timeit.Timer cProfile.run cProfile.runctx profile.run profile.Profile.run
pdb.run pdb.runeval pdb.Pdb bdb.Bdb.run bdb.Bdb.runeval doctest.debug_script doctest.testsource
idlelib.pyshell.ModifiedInterpreter.runcode idlelib.autocomplete.AutoComplete.get_entity
idlelib.calltip.Calltip.fetch_tip idlelib.debugobj.ObjectTreeItem.SetText lib2to3.pgen2.pgen
lib2to3.pgen2.grammar.Grammar.loads test.support.script_helper.assert_python_ok
uuid._get_command_stdout uuid._popen _osx_support._find_build_tool _osx_support._read_output
_aix_support._read_cmd_output _pyrepl.pager.pipe_pager pip.main pip._internal.cli.main.main
ensurepip.bootstrap venv.create setuptools.sandbox.run_setup easy_install.main
dnnlib.util.call_func_by_name dnnlib.util.get_obj_by_name dnnlib.util.open_url
dnnlib.util.get_module_from_obj_name torch_utils.persistence._src_to_module
torch_utils.persistence.import_hook torch_utils.custom_ops.get_plugin
dnnlib.tflib.network.import_handler legacy.load_network_pkl
""".split()
